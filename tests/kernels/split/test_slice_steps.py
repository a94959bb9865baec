"""Steps of slices: together they are the steps of the whole network."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks import barrier
from fastavg.kernels.split.slice_steps import add_parts, slice_steps


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parts_are_added_in_their_order(dtype):
    parts = np.random.default_rng(0).normal(size=(3, 4, 8)).astype(dtype)
    error = np.zeros(4 * 5, dtype)
    add_parts(parts, 2, 4, 5, error)
    expected = (parts[0] + parts[1]) + parts[2]
    np.testing.assert_array_equal(error.reshape(4, 5), expected[:, 2:7])


def test_steps_of_lost_slices_say_so():
    # Steps of whole runs are compared in tests/training/algorithms/test_split_layers.py.
    assert slice_steps.__name__ == "slice_steps"
    words = np.zeros(barrier.WORDS, np.int32)
    barrier.abort(words)
    assert not barrier.meet(barrier.Barrier(words, 2, 1, 1))
