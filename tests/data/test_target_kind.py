"""What a target is: classes, or numbers that happen to be whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.target_kind import counts, labels_of_one_hot, target_kind


@pytest.mark.parametrize(("y", "kind"), [
    ([0, 1, 1, 0], "class"), (["a", "b"], "class"), ([0.5, 1.0], "number"),
    ([True, False], "class"), (np.arange(700) * 250 + 90_000, "number"),
    (np.arange(100_000) % 5000 * 100, "number"), (np.arange(5000) % 1000, "class"),
    (np.arange(300) % 14, "class"), (np.arange(442) % 214 + 25, "number"),
    (np.arange(60) % 30, "class"), (np.arange(31), "number"),
    (np.eye(2)[[0, 1]], "number"), ([2**53, 2**53 + 1], "class"),
])
def test_the_kind_of_a_target(y, kind):
    assert target_kind(np.asarray(y), "auto") == kind


@pytest.mark.parametrize(("y", "labels"), [
    (np.eye(3)[[2, 0, 1]], [2, 0, 1]), (np.eye(3, dtype=int)[[2, 0, 1]], [2, 0, 1]),
    (np.eye(3)[[2, 0]], None), (np.ones((3, 2)), None), (np.zeros((3, 2)), None),
    (np.eye(3)[:, :1], None), (0.5 * np.eye(2), None),
])
def test_one_hot_rows_are_classes(y, labels):
    found = labels_of_one_hot(y)
    assert (None if found is None else found.tolist()) == labels


@pytest.mark.parametrize(("y", "asked", "error", "said"), [
    ([0, 1], "regression", ConfigError, "kind 'regression' is unknown; choose auto, class, number"),
    (["a", "b"], "number", DataError, "the target holds 'a'"),
    (np.eye(2), "class", DataError, "classes are one label a row"),
    ([4, 4, 4], "auto", DataError, "y holds 1 class, 4"),
])
def test_a_target_of_another_kind_is_refused(y, asked, error, said):
    with pytest.raises(error) as refused:
        target_kind(np.asarray(y), asked)
    assert said in str(refused.value).replace("np.str_(", "").replace("')", "'")


def test_whole_numbers_count_only_where_there_are_many():
    assert not counts(np.arange(30))
    assert counts(np.arange(31))
    assert not counts(np.arange(31) + 0.0)
    assert counts(np.array([0, 2**63 - 1, -(2**63), *range(40)]))
