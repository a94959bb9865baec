"""Sums of rows and a batch by columns against NumPy; training steps against dense rows."""

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array

from fastavg.data.sparse_rows import check_sparse
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.sparse_products import by_columns, sum_rows
from fastavg.kernels.network.train_steps import loss_gradient, train_steps
from fastavg.networks.network import Network
from fastavg.networks.sparse_workspace import SparseWorkspace
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Regularization
from tests import oracles
from tests.kernels import calls
from tests.problems import TOLERANCE, close, row_weights, rows_for, weights_of

DTYPES = ["float32", "float64"]


def thin(rows, columns, dtype, part=0.1):
    """Sparse rows, the first one and the last column empty, and one entry there twice."""
    X = random_array((rows, columns), density=part, random_state=rows, dtype=np.float64).tolil()
    X[0], X[:, [columns - 1]] = 0, 0
    X[rows - 1, 0] = 1
    X = X.tocsr()
    values = np.concatenate([X.data, [0.5]]).astype(dtype)
    features = np.concatenate([X.indices, [0]])
    starts = X.indptr.copy()
    starts[-1] += 1
    return csr_array((values, features, starts), shape=X.shape)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 11])
def test_sums_of_rows(count, dtype):
    random = np.random.default_rng(count)
    matrix = random.normal(size=(9, 7)).astype(dtype)
    places = random.integers(0, 9, count + 2).astype(np.int32)
    factors = random.normal(size=count + 2).astype(dtype)
    target = np.full(20, np.nan, dtype)
    sum_rows(
        target, 3, 5, matrix.reshape(-1), 7, places, factors, 1, 1 + count, target.dtype.type(0.5)
    )
    chosen = slice(1, 1 + count)
    expected = 0.5 * factors[chosen].astype("f8") @ matrix[places[chosen], :5].astype("f8")
    assert close(target[3:8], expected, TOLERANCE[dtype])
    assert np.isnan(target[[*range(3), *range(8, 20)]]).all()


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_batch_by_columns_keeps_the_order_of_its_rows(dtype):
    X = thin(40, 30, dtype)
    rows = check_sparse(X, dtype, 30)
    chosen = np.array([39, 0, 5, 39, 17])
    spans = np.full((5, 4), -1)
    spans[:, :2] = rows.spans[chosen]
    entries = int(rows.lengths[chosen].sum())
    starts, places = np.full(32, -1, np.int32), np.full(entries, -1, np.int32)
    factors = np.full(entries, np.nan, dtype)
    by_columns(
        spans.reshape(-1), 4, 5, rows.values, rows.features, 30, starts, places, factors
    )
    found = [
        list(zip(places[a:b].tolist(), factors[a:b].tolist(), strict=True))
        for a, b in zip(starts[:30].tolist(), starts[1:31].tolist(), strict=True)
    ]
    wanted = [[] for _ in range(30)]
    for place, row in enumerate(chosen):
        for at in range(*rows.spans[row]):
            wanted[rows.features[at]].append((place, float(rows.values[at])))
    assert found == wanted
    assert len(wanted[0]) == 4


def spaces(network, X, rows, theta, n_vectors=0, dropped=()):
    """The workspace of sparse rows and that of the same rows with their zeros."""
    sparse = check_sparse(X, theta.dtype, X.shape[1])
    pair = (
        SparseWorkspace(sparse, network, rows, n_vectors, dropped=dropped),
        Workspace(network, rows, theta.dtype, n_vectors, dropped=dropped),
    )
    for space in pair:
        repack(space.dense, theta, space.layers, space.theta)
    return pair, (pair[0].inputs_of(sparse), X.toarray())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sizes", [(30, 3), (30, 7, 2), (61, 50, 3), (300, 33, 17, 2)])
def test_gradient_against_the_oracle(sizes, dtype):
    network = Network(sizes, "tanh", "softmax")
    theta, X = weights_of(network, dtype=dtype), thin(40, sizes[0], dtype)
    _, Y = rows_for(network, 40, dtype=dtype)
    weights, order = row_weights(40, dtype=dtype), np.random.default_rng(0).permutation(40)
    pair, inputs = spaces(network, X, 40, theta)
    data = calls.arrays(inputs[0], Y, weights, order, dtype)
    loss, total = loss_gradient(
        pair[0].layers, pair[0].loss, pair[0].theta, pair[0].scratch, data, 0, 40
    )
    found = calls.unpacked(pair[0], pair[0].scratch.gradient)
    dense = inputs[1]
    assert total == pytest.approx(weights.sum(), rel=1e-6)
    assert loss == pytest.approx(
        oracles.loss(network, theta, dense, Y, weights), rel=TOLERANCE[dtype]
    )
    assert close(found, oracles.gradient(network, theta, dense, Y, weights), TOLERANCE[dtype])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", list(calls.UPDATES))
def test_steps_of_every_optimizer_are_those_on_dense_rows(name, dtype):
    network = Network((200, 33, 3), "tanh", "softmax")
    theta, X = weights_of(network, dtype=dtype), thin(60, 200, dtype)
    _, Y = rows_for(network, 60, dtype=dtype)
    code, n_vectors = calls.UPDATES[name]
    # Shorter batches after longer ones, and one of no rows.
    steps = np.array([(0, 25), (25, 7), (32, 0), (32, 25)])
    pair, inputs = spaces(network, X, 25, theta, n_vectors)
    for space, rows in zip(pair, inputs, strict=True):
        train_steps(
            space.layers, space.loss, code, calls.hyper(epsilon=1e-3), np.full(4, 0.1), 0.3,
            space.theta, space.state, space.scratch,
            calls.arrays(rows, Y, None, np.arange(60), dtype), steps,
        )
    after = [calls.unpacked(space, space.theta) for space in pair]
    assert close(after[0], after[1], 10 * TOLERANCE[dtype])
    assert not close(after[0], theta, 1e-3)


@pytest.mark.parametrize("regularization", [
    Regularization(dropout=0.4), Regularization(l1=0.1), Regularization(clip_norm=0.1),
    Regularization(max_norm=0.5),
])
def test_regularized_steps_are_those_on_dense_rows(regularization):
    network = Network((200, 33, 3), "tanh", "softmax")
    theta, X = weights_of(network), thin(60, 200, "float64")
    _, Y = rows_for(network, 60)
    drops = regularization.drops(1)
    pair, inputs = spaces(network, X, 30, theta, 1, drops[1:].tolist())
    for space, rows in zip(pair, inputs, strict=True):
        train_steps_regular(
            space.layers, space.back, space.loss, calls.UPDATES["momentum"][0], calls.hyper(),
            np.full(2, 0.1), 0.1, space.theta, space.state, space.scratch,
            calls.arrays(rows, Y, None, np.arange(60), np.float64),
            np.array([(0, 30), (30, 30)]), regularization.limits(), drops, np.uint64(9), 0,
        )
    after = [calls.unpacked(space, space.theta) for space in pair]
    assert close(after[0], after[1], 1e-11)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_numbers_that_are_not_finite_stay_visible(value):
    network = Network((30, 7, 2), "relu", "softmax")
    X = thin(20, 30, "float32")
    _, Y = rows_for(network, 20, dtype="float32")
    pair, inputs = spaces(network, X, 20, weights_of(network, dtype="float32"))
    pair[0]._entries[0][3] = value
    loss, _ = loss_gradient(
        pair[0].layers, pair[0].loss, pair[0].theta, pair[0].scratch,
        calls.arrays(inputs[0], Y, None, np.arange(20), np.float32), 0, 20,
    )
    assert not np.isfinite(loss)
    assert not np.isfinite(pair[0].scratch.gradient).all()
