"""Encoded rows in a temporary file."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.large_tables import scratch_rows
from fastavg.data.large_tables.scratch_rows import RowForm, fold_of, inner_rows, write_scratch
from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.kernels.tabular.compact_rows import PLAIN, table_of

FORM = RowForm(2, 1, True, table_of([PLAIN], [2]))


def kept(start, stop):
    """Every fifth row tests."""
    rows = np.arange(start, stop)
    return rows[rows % 5 > 0]


def written(n, block=60, window=40, form=FORM):
    def blocks():
        for start in range(0, n, block):
            rows = kept(start, min(start + block, n))
            X = np.stack([rows, -rows], 1).astype("f4")
            yield rows, Rows(X, X[:, :1] * 2, X[:, 0] + 1)

    return write_scratch(blocks, n, kept, form, window)


def test_every_row_is_written_once_in_an_order_that_no_block_changes():
    scratch, other = written(500), written(500, block=500)
    rows, same = scratch.read(0, 400), other.read(0, 400)
    assert (scratch.n_rows, other.n_rows) == (400, 400)
    assert sorted(rows.dense[:, 0]) == kept(0, 500).tolist()
    for one, two in zip(rows.arrays, same.arrays, strict=True):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(rows.Y[:, 0], 2 * rows.dense[:, 0])
    np.testing.assert_array_equal(rows.weights, rows.dense[:, 0] + 1)
    # A sorted file does not stay sorted: windows hold rows from all over it.
    for start in range(0, 400, 40):
        assert np.ptp(rows.dense[start : start + 40, 0]) > 250
    scratch.close()
    other.close()


def test_a_member_reads_all_rows_but_those_it_holds_out():
    scratch = written(500)
    whole = scratch.read(0, 400).dense[:, 0]
    low, high = fold_of(400, 1, 3)
    assert (low, high) == (133, 266)
    inner = inner_rows(scratch, (low, high), 2, 50)
    assert inner.cut.sizes == (133, 134)
    parts = [
        inner.stream.read(part, start, min(start + 50, size)).dense[:, 0]
        for part, size in enumerate(inner.cut.sizes) for start in range(0, size, 50)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), np.delete(whole, np.arange(low, high)))
    across = inner_rows(scratch, (low, high), 1, 50).stream.read(0, 100, 200)
    np.testing.assert_array_equal(
        across.dense[:, 0], np.concatenate([whole[100:133], whole[266:333]])
    )
    scratch.close()


def test_a_folder_without_room_is_named(monkeypatch):
    monkeypatch.setattr(
        scratch_rows.shutil, "disk_usage", lambda folder: type("Usage", (), {"free": 100})
    )
    with pytest.raises(ConfigError, match="TMPDIR names another folder"):
        written(500)
