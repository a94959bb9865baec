"""``repack`` between layouts, and ``all_finite``."""

import numpy as np
import pytest

from fastavg.kernels.network.packing import all_finite, repack
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(1, 1), (3, 2), (17, 33, 1, 7), (16, 16), (400, 25, 10)])
def test_repack_there_and_back_changes_no_bit(sizes, dtype):
    network = Network(sizes, output="identity")
    space = Workspace(network, 1, dtype)
    vector = np.random.default_rng(0).normal(0, 1, network.n_weights).astype(dtype)
    vector[0] = np.nan
    repack(space.dense, vector, space.layers, space.theta)
    back = np.zeros_like(vector)
    repack(space.layers, space.theta, space.dense, back)
    assert back.tobytes() == vector.tobytes()
    assert np.count_nonzero(space.theta) == network.n_weights


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_all_finite_finds_a_bad_number_anywhere(bad, dtype):
    for size in (1, 5, 16, 100):
        for place in range(size):
            vector = np.full(size, np.finfo(dtype).max, dtype)
            vector[1::2] *= -1
            assert all_finite(vector)
            vector[place] = bad
            assert not all_finite(vector)
