"""Inside somebody else's parallelism a fit has no processes of its own."""

from __future__ import annotations

import multiprocessing

import psutil
import pytest
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV

from fastavg import MLPClassifier
from fastavg.networks.network import Network
from fastavg.plan.placement import inside_parallelism, processes_of

X, Y = load_iris(return_X_y=True)


@pytest.fixture(autouse=True)
def _joblibs_processes():
    """They would wait for more work for minutes."""
    yield
    get_reusable_executor().shutdown(wait=True, kill_workers=True)


def children_at_work(turn=0):
    """How many processes a fit starts that asks for two."""
    found = []
    model = MLPClassifier((5,), workers=2, processes=2, max_iter=2, random_state=turn, callbacks=[
        lambda epoch: found.append(len(psutil.Process().children(recursive=True)))
    ])
    model.fit(X, Y)
    return inside_parallelism(), max(found)


def answer(pipe):
    pipe.send(children_at_work())


def test_here_it_has_processes(nothing_left):
    inside, children = children_at_work()
    assert not inside
    assert children >= 2


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_in_joblib(backend):
    found = Parallel(n_jobs=2, backend=backend)(delayed(children_at_work)(k) for k in range(2))
    assert [inside for inside, _ in found] == [True, True]
    if backend == "loky":
        assert [children for _, children in found] == [0, 0]


@pytest.mark.parametrize("daemon", [True, False])
def test_in_a_process_of_multiprocessing(daemon):
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=answer, args=(theirs,), daemon=daemon)
    process.start()
    assert ours.poll(60)
    assert ours.recv() == (True, 0)
    process.join(10)


def test_in_a_grid_search():
    search = GridSearchCV(
        MLPClassifier((5,), workers=2, processes=2, max_iter=3, random_state=0),
        {"alpha": [1e-4, 1e-2]}, cv=2, n_jobs=-1,
    )
    search.fit(X, Y)
    assert search.best_estimator_.n_iter_ == 3


def test_no_process_is_started_where_it_would_not_pay():
    small, large = Network((4, 100, 3)), Network((784, 1000, 10))
    assert processes_of(None, small, 150, 200) == 1
    assert processes_of(None, large, 60_000, 10) is None
    assert processes_of(3, small, 150, 200) == 3
