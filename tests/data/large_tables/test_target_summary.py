"""Targets that are seen block by block."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.frame_sources import frame_of
from fastavg.data.large_tables.target_summary import TargetSurveyor
from fastavg.data.preprocessing.target_scaling import fit_target_scaling
from fastavg.data.table_rows import kind_of, targets_of
from fastavg.errors import DataError


def summary(values, kind="auto", block=7):
    surveyor, frame = TargetSurveyor("y", kind), frame_of({"y": values})
    for start in range(0, len(frame), block):
        surveyor.add(frame.slice(start, start + block))
    return surveyor.summary()


@pytest.mark.parametrize("values", [
    ["no", "yes", "no"] * 5, [True, False] * 6, [0.0, 1.0, 2.0] * 4, list(range(30)),
    [0.5, 1.5] * 5,
])
def test_the_kind_is_that_of_a_table_in_memory(values):
    frame, found = frame_of({"y": values}), summary(values)
    assert found.kind == kind_of(frame, "y", "auto")
    if found.kind == "class":
        classes, members = np.unique(targets_of(frame, "y", "class"), return_counts=True)
        np.testing.assert_array_equal(found.classes, classes)
        assert found.classes.dtype.kind == classes.dtype.kind
        np.testing.assert_array_equal(found.members, members)
        np.testing.assert_array_equal(found.numbers(frame)[:, 0], np.searchsorted(
            classes, targets_of(frame, "y", "class")
        ))


def test_mean_and_deviation_are_those_of_all_rows():
    values = np.random.default_rng(0).normal(1e6, 3.0, 1000)
    found, whole = summary(values, "number").scaling, fit_target_scaling(values[:, None])
    for name in ("mean", "spread", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), getattr(whole, name), rtol=1e-12)


def test_targets_that_cannot_be_used_are_refused():
    with pytest.raises(DataError, match="row 2, column 'y' is empty"):
        summary([1.0, 2.0, None, 4.0])
    with pytest.raises(DataError, match="holds 1 value"):
        summary(["a", "a"])
    with pytest.raises(DataError, match="holds 1 value"):
        summary([2.0, 2.0], "number")
    with pytest.raises(DataError, match="holds text"):
        summary(["a", "b"], "number")
