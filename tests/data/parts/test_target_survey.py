"""Kinds and classes of targets on several ranks: the rules of rows at one place."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts.target_survey import MOST_LABELS, TargetSurvey, labels_of, survey_of_all
from fastavg.data.table import as_labels
from fastavg.data.target_kind import target_kind
from fastavg.errors import DataError
from tests.communicators.ranks import on_ranks

TARGETS = {
    "text": np.array(["b", "a", "ccc", "a"] * 5),
    "numbers": np.array([3, 1, 3, 2] * 5),
    "whole": np.array([3.0, 1.0, 3.0, 2.0] * 5),
    "fractions": np.array([0.5, 1.0, 2.25, 3.0] * 5),
    "truth": np.array([True, False] * 10),
    "prices": np.arange(20) * 250 + 100_000,
    "many": np.arange(2000) * 7 % 1999,
}


def surveyed(y, asked, ranks):
    survey = TargetSurvey()
    own = np.array_split(y, ranks.size)[ranks.rank]
    for part in np.array_split(own, 3):
        if len(part):
            survey.add(part)
    return survey_of_all(survey, asked, len(y), ranks)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("size", [1, 3])
def test_the_kind_is_that_of_the_whole(name, size):
    y = TARGETS[name]
    expected = as_labels(y) if y.dtype.kind == "f" else y
    for found in on_ranks(size, lambda ranks: surveyed(y, "auto", ranks)):
        assert (found.classes is not None) == (target_kind(expected, "auto") == "class")
        if found.classes is not None:
            classes, members = np.unique(expected, return_counts=True)
            assert found.classes.tolist() == classes.tolist()
            assert found.classes.dtype.kind == classes.dtype.kind
            assert found.members.tolist() == members.tolist()
        else:
            assert (found.extent.low[0], found.extent.high[0]) == (y.min(), y.max())


def test_several_outputs_are_numbers():
    found = surveyed(np.ones((20, 2)) * [1, 5], "auto", LocalCommunicator())
    assert found.classes is None
    assert found.extent.high.tolist() == [1, 5]


@pytest.mark.parametrize(("y", "asked", "said"), [
    (TARGETS["text"], "number", "kind is number, and the target holds text"),
    (np.zeros(20, int), "class", "y holds 1 class, 0; a classifier needs 2 or more"),
    (np.array([0.0, np.nan]), "auto", "y holds nan in row 0"),
    (np.ones((20, 2)), "class", "the target has 2 columns; classes are one label a row"),
    (np.arange(MOST_LABELS + 1), "class", "the target has more than 10000 different values"),
    (np.array([1j, 2j]), "auto", "y holds complex128 values; text or numbers are what"),
])
def test_what_cannot_be_is_refused(y, asked, said):
    with pytest.raises(DataError, match=said):
        surveyed(y, asked, LocalCommunicator())


def test_text_on_one_rank_and_numbers_on_another_are_refused_on_both():
    def made(ranks):
        survey = TargetSurvey()
        survey.add(TARGETS["text"] if ranks.rank else TARGETS["numbers"])
        with pytest.raises(DataError, match="the target holds text in some parts and numbers in"):
            survey_of_all(survey, "auto", 40, ranks)

    on_ranks(2, made)


def test_a_label_that_was_not_there_before_is_named():
    with pytest.raises(DataError, match="y holds the label d, which no row had before"):
        labels_of(np.array(["a", "d"]), np.array(["a", "b"]))
