"""The parts of a cross-validation: every row tests once, groups stay together."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.frame_sources import frame_of
from fastavg.data.table_rows import TableRows
from fastavg.runs.cross_validation import parts_of
from tests.models.tables import table

FRAME = table(90)
GROUPS = np.arange(90) // 3


def rows(y, kind, groups=None):
    frame = frame_of(FRAME)
    nothing = frame.take(np.arange(0))
    return TableRows(frame, nothing, y, y[:0], kind, np.arange(90.0), groups, np.arange(0))


@pytest.mark.parametrize("groups", [None, GROUPS])
def test_every_row_tests_once(groups):
    y = np.repeat(["a", "b", "c"], 30)
    seen = []
    for part in parts_of(rows(y, "class", groups), 3):
        assert len(part.y) + len(part.y_test) == 90
        assert len(part.train) == len(part.y) == len(part.weights)
        assert set(part.y) == {"a", "b", "c"}
        tested = part.test.numbers("row_id")
        seen += tested.tolist()
        np.testing.assert_array_equal(part.ids, tested)
        np.testing.assert_array_equal(part.weights, part.train.numbers("row_id"))
        if groups is not None:
            assert not set(part.groups) & set((tested // 3).astype(int))
    assert sorted(seen) == list(range(90))
    assert list(parts_of(rows(y, "class"), None)) == []
