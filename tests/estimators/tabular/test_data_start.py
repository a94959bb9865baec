"""First weights by the training rows: deviations of 1, kinks among the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.estimators.tabular.data_start import fit_start
from fastavg.networks.embedding_network import embedding_network
from fastavg.networks.network import Network
from tests.kernels.tabular.compact import LOOKUPS, WIDTH, inputs, rows
from tests.models.tables import classifier

N = 700


def given(n=N):
    X = rows(n).astype("f4")
    return Rows(X, np.zeros((n, 1), "f4"), np.zeros(0, "f4"), LOOKUPS)


def of(submodels=1, scaling=False):
    made = embedding_network(LOOKUPS, 4, (9, 6), 2, "relu", "softmax", submodels)
    return replace(made, scaling=scaling)


@pytest.mark.parametrize("network", [
    of(), of(1, True), Network((WIDTH, 9, 6, 2)), Network((WIDTH, 9, 6, 2), "parametric_relu"),
])
def test_sums_of_hidden_units_deviate_by_one_and_kinks_lie_among_them(network):
    data, start = given(), network.initial_weights(1, "glorot-biases", "float32")
    if type(network) is not Network:
        start = network.start(1, "glorot-biases")
    made = fit_start(network, start, data, 5)
    a = inputs(data.dense).astype("f8")
    *hidden, (W, b) = network.member.views(network.members(made)[0].astype("f8"))
    for matrix, biases in hidden:
        sums = a @ matrix
        assert sums.std(axis=0) == pytest.approx(np.ones(len(biases)), rel=1e-4)
        assert (sums.min(axis=0) <= -biases + 1e-4).all()
        assert (-biases - 1e-4 <= sums.max(axis=0)).all()
        a = np.maximum(sums + biases, 0)
    old = network.views(start)
    np.testing.assert_array_equal(W, old[-1][0])
    np.testing.assert_array_equal(b, old[-1][1])
    if type(network) is not Network:
        assert (network.views(made)[0][0] == old[0][0]).all()


def test_submodels_share_layers_that_fit_all_of_them():
    network, data = of(3), given()
    made = fit_start(network, network.start(2, "he"), data, 5)
    sums = []
    for own in network.members(made):
        W, _ = network.member.views(own.astype("f8"))[0]
        sums.append(inputs(data.dense) @ W)
    assert np.concatenate(sums).std(axis=0) == pytest.approx(np.ones(9), rel=1e-4)


def test_it_depends_on_seed_and_rows_alone():
    network, data = of(), given(3000)
    start = network.start(2, "he")
    made = fit_start(network, start, data, 5)
    assert (fit_start(network, start, data, 5) == made).all()
    assert (fit_start(network, start, data, 6) != made).any()
    assert (fit_start(network, start, given(2000), 5) != made).any()
    assert (start == network.start(2, "he")).all()


def test_rows_that_are_all_alike_and_few_rows():
    network = of()
    one = given(1)
    made = fit_start(network, network.start(2, "he"), one, 5)
    assert np.isfinite(made).all()


def test_rows_in_files_are_refused():
    streamed = replace(given(), stream=object())
    with pytest.raises(ConfigError, match="data_start needs all rows in memory"):
        fit_start(of(), of().start(2, "he"), streamed, 5)


def test_it_is_an_option_of_networks_for_tables():
    plain, fitted = classifier(), classifier(data_start=True)
    assert fitted.recipe_.data_start
    assert fitted.model_.members.shape == plain.model_.members.shape
    assert (fitted.model_.members != plain.model_.members).any()
    assert min(fitted.validation_loss_curves_[0]) < fitted.validation_loss_curves_[0][0]
