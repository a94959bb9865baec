"""``checkpoint=`` and ``resume=`` of the estimators: a killed fit goes on to the same model."""

from __future__ import annotations

import signal
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris

from fastavg import ConfigError, DataError, MLPClassifier, MLPRegressor

KINDS = {
    "class": (MLPClassifier, load_iris), "number": (MLPRegressor, load_diabetes),
}
ROUNDS = 60
KILLED = """
import os, signal, sys
from sklearn.datasets import load_diabetes, load_iris
from fastavg import MLPClassifier, MLPRegressor

def kill(epoch):
    if epoch.number == 40:
        os.kill(os.getpid(), signal.SIGKILL)

kind, load = {"class": (MLPClassifier, load_iris), "number": (MLPRegressor, load_diabetes)}[
    sys.argv[1]
]
X, y = load(return_X_y=True)
kind(
    hidden_layer_sizes=(9,), batch_size=16, random_state=3, tol=0, n_iter_no_change=10**9,
    workers=2, processes=2,
    max_iter=60, checkpoint=sys.argv[2], checkpoint_every=5, early_stopping=True,
    callbacks=[kill],
).fit(X, y)
"""


def estimator(kind, rounds, **more):
    return KINDS[kind][0](
        hidden_layer_sizes=(9,), batch_size=16, random_state=3, tol=0, n_iter_no_change=10**9,
        workers=2, max_iter=rounds, **more,
    )


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("kind", KINDS)
def test_a_killed_fit_goes_on_to_the_same_model(kind, tmp_path):
    X, y = KINDS[kind][1](return_X_y=True)
    path = tmp_path / "fit.checkpoint"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, kind, path], timeout=100, check=False, capture_output=True,
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    straight = estimator(kind, ROUNDS, early_stopping=True).fit(X, y)
    # Once from the killed fit's rounds, once from a fit that had ended.
    for _ in range(2):
        resumed = estimator(
            kind, ROUNDS, checkpoint=path, resume="auto", early_stopping=True
        ).fit(X, y)
        assert np.array_equal(resumed.weights_, straight.weights_)
        assert resumed.loss_curve_ == straight.loss_curve_
        assert resumed.validation_scores_ == straight.validation_scores_
        assert resumed.n_iter_ == straight.n_iter_


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_auto_begins_where_there_is_no_checkpoint_and_a_missing_one_is_named(tmp_path):
    X, y = load_iris(return_X_y=True)
    path = tmp_path / "fit.checkpoint"
    begun = estimator("class", 3, checkpoint=path, resume="auto").fit(X, y)
    assert path.exists()
    assert np.array_equal(begun.weights_, estimator("class", 3).fit(X, y).weights_)
    with pytest.raises(DataError, match="missing"):
        estimator("class", 3, resume=tmp_path / "missing").fit(X, y)
    with pytest.raises(ConfigError, match="checkpoint's path"):
        estimator("class", 3, resume="auto").fit(X, y)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    X, y = load_iris(return_X_y=True)
    path = tmp_path / "fit.checkpoint"
    first = estimator("class", 3, checkpoint=path)
    first.fit(X, y)
    for other, rows in ((clone(first).set_params(random_state=4), X), (clone(first), X + 1)):
        with pytest.raises(ConfigError):
            other.set_params(resume="auto").fit(rows, y)
