"""Layers as matrices, and a forward pass against the library's own prediction."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Model, Network
from fastavg.kernels.network.packing import repack
from fastavg.networks.custom import CustomActivation
from fastavg.solvers.layer_views import check_dense, forward_pass, layers_of
from tests.solvers.jobs import job_of


def test_views_are_the_weights_of_every_layer():
    network = Network((5, 7, 3), "tanh")
    job = job_of(network, np.zeros((4, 5)), np.zeros((4, 1)))
    weights = network.initial_weights(0, "glorot-biases", "float64")
    repack(job.workspace.dense, weights, job.workspace.layers, job.workspace.theta)
    for found, (matrix, biases) in zip(
        layers_of(job.workspace, job.workspace.theta), network.views(weights), strict=True
    ):
        np.testing.assert_array_equal(found.matrix, matrix)
        np.testing.assert_array_equal(found.biases, biases)


def test_a_pass_is_the_prediction():
    network = Network((5, 7, 3), "gelu", "identity")
    X = np.random.default_rng(0).normal(size=(9, 5))
    job = job_of(network, X, np.zeros((9, 3)))
    weights = network.initial_weights(0, "glorot-biases", "float64")
    repack(job.workspace.dense, weights, job.workspace.layers, job.workspace.theta)
    passed = forward_pass(job, layers_of(job.workspace, job.workspace.theta), X)
    np.testing.assert_allclose(passed.sums[-1], Model(network, weights).predict(X), rtol=1e-12)
    assert [each.shape for each in passed.inputs] == [(9, 5), (9, 7)]


def test_what_only_compiled_steps_know_is_refused():
    import numba

    job = job_of(Network((4, 2)), np.zeros((4, 5)), np.zeros((4, 1)))
    with pytest.raises(ConfigError, match="solver newton goes with dense rows"):
        check_dense(job, "newton")
    own = CustomActivation(numba.njit(lambda z: z), numba.njit(lambda z: z * 0 + 1), name="mine")
    job = job_of(Network((4, 3, 2), (own,)), np.zeros((4, 4)), np.zeros((4, 1)))
    with pytest.raises(ConfigError, match="activation 'mine' is a user's own; newton goes"):
        check_dense(job, "newton")
