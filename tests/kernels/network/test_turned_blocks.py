"""Blocks that lie unit by unit, in whole vectors of rows."""

import numpy as np
import pytest

from fastavg.kernels.network.turned_blocks import give_units, take_units, turned_ld


@pytest.mark.parametrize(("rows", "ld"), [(1, 16), (16, 16), (17, 32), (64, 64), (65, 80)])
def test_units_are_whole_vectors_apart(rows, ld):
    assert turned_ld(rows) == ld


def test_what_is_taken_and_given_back_leaves_the_rest_alone():
    block = np.arange(5 + 3 * 32, dtype=np.float32)
    before, columns = block.copy(), np.zeros(3 * 20, np.float32)
    take_units(block, 5, 20, 3, columns)
    assert np.array_equal(columns.reshape(3, 20), block[5:].reshape(3, 32)[:, :20])
    give_units(-columns, 20, 3, block, 5)
    own = np.zeros(block.size, bool)
    own[5:].reshape(3, 32)[:, :20] = True
    assert np.array_equal(block, np.where(own, -before, before))
