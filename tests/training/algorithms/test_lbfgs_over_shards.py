"""L-BFGS over shards: the same minimum however many workers share the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from threadpoolctl import threadpool_limits

from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import LBFGS, Regularization
from fastavg.training.observers.history import History
from tests.communicators.ranks import on_ranks
from tests.kernels.network.test_full_batch import oracle
from tests.training.runs import train_rounds

NETWORK = Network((6, 5, 3), "tanh")
PLAN = Plan(
    epochs=20, batch_size=0, algorithm="lbfgs", solver=LBFGS(tol=1e-12), solver_state="reset",
    dtype="float64", regularization=Regularization(0.5),
)


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(3)
    X = random.normal(size=(101, 6))
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] * X[:, 2] > 0)
    return Rows(X, y[:, None].astype("f8"), np.zeros(0))


def start():
    return NETWORK.initial_weights(4, "glorot", "float64")


def of(workers):
    return replace(PLAN, workers=workers)


def test_it_is_scipys_on_the_whole_objective(rows):
    one_hot = np.eye(3)[rows.Y[:, 0].astype(int)]
    found = minimize(
        lambda w: oracle(NETWORK, w, rows.X, one_hot, np.ones(len(rows)), 0.5), start(), jac=True,
        method="L-BFGS-B", options={"maxiter": 20, "gtol": 1e-12},
    )
    np.testing.assert_allclose(train_rounds(NETWORK, PLAN, rows, start()), found.x, rtol=1e-6)


def test_bits_do_not_depend_on_the_threads_of_scipys_blas():
    # Vectors as long as these are summed by several threads where they may be.
    network = Network((120, 100, 3), "tanh")
    random = np.random.default_rng(5)
    rows = Rows(random.normal(size=(60, 120)), random.integers(0, 3, (60, 1)).astype("f8"),
                np.zeros(0))
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(threads, "blas"):
            first = network.initial_weights(4, "glorot", "float64")
            found.append(train_rounds(network, PLAN, rows, first).tobytes())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("workers", [2, 3, 8])
def test_shards_are_the_whole(rows, workers):
    whole = train_rounds(NETWORK, PLAN, rows, start())
    np.testing.assert_allclose(
        train_rounds(NETWORK, of(workers), rows, start()), whole, rtol=1e-6, atol=1e-9
    )


def test_row_weights_count(rows):
    weights = np.ones(101)
    weights[:20] = 2
    doubled = Rows(
        np.vstack([rows.X, rows.X[:20]]), np.vstack([rows.Y, rows.Y[:20]]), np.zeros(0)
    )
    found = [
        train_rounds(NETWORK, of(2), each, start())
        for each in (replace(rows, weights=weights), doubled)
    ]
    np.testing.assert_allclose(*found, rtol=1e-5, atol=1e-8)


def test_processes_and_ranks_do_not_change_a_bit(rows, nothing_left):
    alone, found = train_rounds(NETWORK, of(4), rows, start()).tobytes(), {}
    assert train_rounds(NETWORK, of(4), rows, start(), 2).tobytes() == alone

    def rank(communicator):
        found[communicator.rank] = train_rounds(
            NETWORK, of(4), rows, start(), communicator=communicator
        ).tobytes()

    on_ranks(2, rank)
    assert found == {0: alone, 1: alone}


def test_an_iteration_is_a_round_and_the_loss_falls(rows):
    history = History()
    train_rounds(NETWORK, of(2), rows, start(), observers=[history])
    assert len(history.records) == 20
    assert all(later < sooner for sooner, later in zip(history.losses, history.losses[1:]))


def test_it_ends_when_it_has_converged(rows):
    history = History()
    plan = replace(PLAN, epochs=500, solver=LBFGS(tol=1e-2))
    train_rounds(NETWORK, plan, rows, start(), observers=[history])
    assert len(history.records) < 500


@pytest.mark.parametrize(
    ("change", "words"),
    [({"solver": "cg"}, "goes with the solver lbfgs"), ({"sampling": "resample"}, "same rows")],
)
def test_what_does_not_go_with_it_is_refused(rows, change, words):
    with pytest.raises(ConfigError, match=words):
        train_rounds(NETWORK, replace(PLAN, **change), rows, start())
