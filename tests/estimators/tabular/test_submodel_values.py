"""The mean answer of the submodels of a member."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from fastavg.estimators.tabular.submodel_values import values_of
from fastavg.models.forward import Forward
from fastavg.networks.embedding_network import embedding_network
from tests import oracles
from tests.kernels.tabular.compact import LOOKUPS, inputs, rows


@pytest.mark.parametrize("output", ["softmax", "identity"])
@pytest.mark.parametrize("submodels", [1, 4])
def test_answers_are_averaged(submodels, output):
    network = embedding_network(LOOKUPS, 3, (9,), 3, output=output, submodels=submodels)
    weights, X = network.start(0, "glorot-biases"), rows(300, "float32")
    forward = Forward(network.member, np.dtype("f4"), LOOKUPS)
    each = [
        oracles.forward(network.member, own, inputs(X))[0][-1] for own in network.members(weights)
    ]
    found = values_of(network, weights, forward, X)
    assert found.dtype == np.float64
    if output == "identity" or submodels == 1:
        np.testing.assert_allclose(found, np.mean(each, axis=0), atol=1e-5)
    else:
        wanted = np.mean([softmax(z, axis=1) for z in each], axis=0)
        np.testing.assert_allclose(np.exp(found), wanted, atol=1e-6)
