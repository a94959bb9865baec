"""A matrix for each submodel: the three products of the last layer, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.called_products import BACKWARD, FORWARD, GRADIENT
from fastavg.kernels.network.layout import IN_AT, IN_LD, OUT_LD, PRODUCTS_AT, W_AT, W_LD
from fastavg.kernels.tabular.heads import STAGE
from fastavg.networks.embedding_network import embedding_network
from fastavg.networks.embedding_workspace import EmbeddingWorkspace
from tests.kernels.tabular.compact import LOOKUPS

TOLERANCE = {"float32": 2e-5, "float64": 1e-12}
SUBMODELS, UNITS, ROWS = 3, 21, 10


@pytest.mark.parametrize("dtype", list(TOLERANCE))
@pytest.mark.parametrize("outputs", [2, 14, 19])
def test_every_submodel_has_products_of_its_own(outputs, dtype):
    import ctypes

    network = embedding_network(LOOKUPS, 4, (UNITS,), outputs, submodels=SUBMODELS)
    space = EmbeddingWorkspace(network, ROWS, dtype)
    layer, random, n = space.layers[-1], np.random.default_rng(0), SUBMODELS * ROWS
    in_ld, out_ld, w_ld = (int(layer[at]) for at in (IN_LD, OUT_LD, W_LD))
    W = np.zeros((SUBMODELS * UNITS, w_ld), dtype)
    W[:, :outputs] = random.normal(size=(len(W), outputs))
    space.theta[layer[W_AT] :][: W.size] = W.ravel()
    X = random.normal(size=(n, in_ld)).astype(dtype)
    space.scratch.blocks[layer[IN_AT] :][: X.size] = X.ravel()
    error = np.zeros((n, out_ld), dtype)
    error[:, :outputs] = random.normal(size=(n, outputs))
    number = {"float32": ctypes.c_float, "float64": ctypes.c_double}[dtype]
    whole = [ctypes.c_int64] * 4
    stage = ctypes.CFUNCTYPE(
        None, ctypes.c_int64, ctypes.c_void_p, *whole[:3], number, ctypes.c_void_p, ctypes.c_void_p
    )(STAGE.address(dtype))
    assert layer[PRODUCTS_AT] == STAGE.address(dtype)

    def asked(product, first, stop, scale, source, shape):
        target = np.full(shape, np.nan, dtype)
        stage(product, layer.ctypes.data, n, first, stop, scale, source.ctypes.data,
              target.ctypes.data)
        return target

    each = W[:, :outputs].reshape(SUBMODELS, UNITS, outputs)
    rows = X[:, :UNITS].reshape(SUBMODELS, ROWS, UNITS)
    errors = error[:, :outputs].reshape(SUBMODELS, ROWS, outputs)
    close = {"atol": 30 * TOLERANCE[dtype]}
    out = asked(FORWARD, 0, 0, 1, X, (n, out_ld))
    np.testing.assert_allclose(out[:, :outputs], (rows @ each).reshape(n, outputs), **close)
    handed = asked(BACKWARD, 0, 0, 1, error, (n, in_ld))
    wanted = (errors @ each.transpose(0, 2, 1)).reshape(n, UNITS)
    np.testing.assert_allclose(handed[:, :UNITS], wanted, **close)
    gradient = (0.5 * rows.transpose(0, 2, 1) @ errors).reshape(-1, outputs)
    # Within one submodel, over the border of two, and all of them.
    for first, stop in ((3, 8), (15, 30), (0, len(W))):
        found = asked(GRADIENT, first, stop, 0.5, error, (stop - first, w_ld))
        np.testing.assert_allclose(found[:, :outputs], gradient[first:stop], **close)
