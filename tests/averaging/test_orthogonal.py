"""Orthogonalised outer steps: by the singular value decomposition, and what they leave alone."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import CenterEMA, DiLoCo, MuLoCo
from fastavg.averaging.orthogonal import orthogonalised
from fastavg.networks.network import Network
from tests.training.runs import fingerprint, run, small_plan

NETWORK = Network((6, 9, 4, 3))


@pytest.mark.parametrize("shape", [(9, 9), (40, 7), (7, 40), (5, 1)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_singular_values_come_together_and_vectors_stay(shape, dtype):
    matrix = np.random.default_rng(0).normal(size=shape).astype(dtype)
    found = orthogonalised(matrix, 8)
    assert found.dtype == matrix.dtype
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(matrix), rel=1e-5)
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ found @ right.T
    values = np.diag(inside)
    assert values.min() > 0.5 * values.max()
    np.testing.assert_allclose(inside, np.diag(values), atol=1e-4 * values.max())


def test_zero_stays_zero():
    assert not orthogonalised(np.zeros((3, 4)), 5).any()


def test_hidden_matrices_alone_are_changed():
    random = np.random.default_rng(1)
    center, mean = random.normal(size=(2, NETWORK.n_weights))
    plain, state, own = mean.copy(), np.zeros((1, NETWORK.n_weights)), mean.copy()
    DiLoCo().step(center, plain, state.copy(), 0)
    MuLoCo().for_network(NETWORK).step(center, own, state, 0)
    for layer, ((w, b), (v, c)) in enumerate(
        zip(NETWORK.views(own), NETWORK.views(plain), strict=True)
    ):
        np.testing.assert_array_equal(b, c)
        assert (w == v).all() == (layer == 2)
    without = mean.copy()
    MuLoCo().step(center, without, np.zeros((1, NETWORK.n_weights)), 0)
    np.testing.assert_array_equal(without, plain)


def test_a_run_fills_in_the_shapes():
    def weights(rule):
        return fingerprint(run(small_plan(workers=3, epochs=2, averaging=rule)))

    assert weights(MuLoCo()) != weights(DiLoCo())
    assert weights(CenterEMA(0, rule=MuLoCo())) == weights(MuLoCo())
