"""``transpose`` turns any block of any memory, and touches nothing else."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fastavg.kernels.numerics.transpose import SQUARE, transpose

SIZES = (1, 2, SQUARE - 1, SQUARE, SQUARE + 1, 3 * SQUARE, 3 * SQUARE + 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("rows", "columns"), list(itertools.product(SIZES, repeat=2)))
def test_every_number_finds_its_place(rows, columns, dtype):
    ld, to_ld, at, to = columns + 3, rows + 2, 5, 7
    source = np.random.default_rng(0).normal(size=at + rows * ld).astype(dtype)
    target = np.full(to + columns * to_ld, np.nan, dtype)
    transpose(source, at, ld, rows, columns, target, to, to_ld)
    block = source[at:].reshape(rows, ld)[:, :columns]
    turned = target[to:].reshape(columns, to_ld)
    assert (turned[:, :rows] == block.T).all()
    assert np.isnan(target[:to]).all()
    assert np.isnan(turned[:, rows:]).all()


def test_twice_is_the_block_itself():
    block = np.random.default_rng(0).normal(size=(37, 21))
    turned, back = np.zeros(37 * 21), np.zeros(37 * 21)
    transpose(block.reshape(-1), 0, 21, 37, 21, turned, 0, 37)
    transpose(turned, 0, 37, 21, 37, back, 0, 21)
    assert (back.reshape(37, 21) == block).all()
