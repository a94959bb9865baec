"""Steps of slices: together they are the steps of the whole network."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.rows import Rows
from fastavg.kernels.blocks import barrier
from fastavg.kernels.network.layout import IN_AT, IN_LD
from fastavg.kernels.network.optimizers import HYPER_SIZE
from fastavg.kernels.network.optimizers import SGD as SGD_CODE
from fastavg.kernels.split.slice_steps import Slice, add_parts, layer_back, slice_steps
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import SGD
from fastavg.training.programs.slice_memory import SliceMemory
from fastavg.training.run import Run


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_parts_are_added_in_their_order(dtype):
    parts = np.random.default_rng(0).normal(size=(3, 4, 8)).astype(dtype)
    error = np.zeros(4 * 5, dtype)
    add_parts(parts, 2, 4, 5, error)
    expected = (parts[0] + parts[1]) + parts[2]
    np.testing.assert_array_equal(error.reshape(4, 5), expected[:, 2:7])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_layer_back_is_numpys(dtype):
    random, rows, total, rate, l2 = np.random.default_rng(0), 6, 4.0, 0.5, 0.25
    network = Network((5, 4, 3), "identity")
    plan = Plan(
        workers=1, batch_size=rows, dtype=dtype, solver=SGD(rate, momentum=0.0),
        algorithm={"name": "split-layers", "slices": 1},
    )
    data = Rows(np.zeros((9, 5), dtype), np.zeros((9, 3), dtype), np.zeros(0, dtype))
    weights = random.normal(size=network.n_weights).astype(dtype)
    run = Run(network, plan, data, weights)
    own = SliceMemory(run, 0, 1)
    own.load(weights, None)
    shared = np.zeros(own.slice.shared_size, dtype)
    hidden = random.normal(size=(rows, 4)).astype(dtype)
    at, ld = own.slice.layers[1, IN_AT], own.slice.layers[1, IN_LD]
    shared[at : at + rows * ld].reshape(rows, ld)[:, :4] = hidden
    error = random.normal(size=(rows, 3)).astype(dtype)
    parts = np.zeros((2, 1, rows, 4), dtype)
    layer_back(
        Slice(
            own.slice.layers, own.slice.lows, 3, own.slice.out_at, shared, parts, 0,
            barrier.Barrier(np.zeros(barrier.WORDS, np.int32), 1, 1, 1),
        ),
        own.memory, 1, error.reshape(-1).copy(), 3, rows, total, SGD_CODE,
        np.zeros(HYPER_SIZE), rate, l2,
    )
    W, b = network.views(weights)[1]
    found = np.zeros((1, network.n_weights), dtype)
    own.store(found)
    tolerance = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(parts[1, 0], error @ W.T, rtol=tolerance, atol=tolerance)
    gradient = hidden.T @ error / total + l2 / total * W
    W_after, b_after = network.views(found[0])[1]
    np.testing.assert_allclose(W_after, W - rate * gradient, rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(
        b_after, b - rate * error.sum(0) / total, rtol=tolerance, atol=tolerance
    )


def test_steps_of_lost_slices_say_so():
    # Steps of whole runs are compared in tests/training/algorithms/test_split_layers.py.
    assert slice_steps.__name__ == "slice_steps"
    words = np.zeros(barrier.WORDS, np.int32)
    barrier.abort(words)
    assert not barrier.meet(barrier.Barrier(words, 2, 1, 1))
