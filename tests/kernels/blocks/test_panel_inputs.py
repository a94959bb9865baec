"""Inputs in chunks: the columns of a batch that a unit is multiplied with, row by row."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.panel_inputs import chunk_start, gather_in_chunks


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("columns", "width"), [(10, 4), (8, 4), (3, 16), (1, 1)])
def test_every_chunk_has_its_columns_of_the_batch(columns, width, dtype):
    X = np.random.default_rng(0).normal(size=(7, columns)).astype(dtype)
    order, rows, distance = np.array([6, 0, 3, 3, 5]), 3, 4 * width
    chunks = -(-columns // width)
    inputs = np.full(chunks * distance, np.nan, dtype)
    gather_in_chunks(X, order, 1, rows, width, distance, inputs)
    given = X[order[1:4]]
    for first in range(0, columns, width):
        at, stop = chunk_start(first, width, distance), min(columns, first + width)
        found = inputs[at : at + rows * width].reshape(rows, width)
        assert (found[:, : stop - first] == given[:, first:stop]).all()
    # Nothing else is written: neither the row that the batch does not have nor a chunk's gap.
    assert np.isfinite(inputs).sum() == rows * columns
