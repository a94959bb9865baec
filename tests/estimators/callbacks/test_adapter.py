"""Callbacks: plain functions, and scikit-learn's own through its protocol."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import MLPClassifier
from fastavg.estimators.callbacks.adapter import Callbacks

X, Y = load_iris(return_X_y=True)


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 8, "batch_size": 16,
                            "random_state": 0, **more})


def test_functions_hear_of_every_epoch():
    heard = []
    model = classifier(callbacks=[heard.append], early_stopping=True).fit(X, Y)
    assert [epoch.number for epoch in heard] == list(range(1, 9))
    assert [epoch.loss for epoch in heard] == model.loss_curve_
    assert [epoch.validation_score for epoch in heard] == model.validation_scores_
    assert np.array_equal(heard[-1].estimator().coefs_[0].shape, (4, 9))
    assert heard[2].estimator().predict(X).shape == (150,)


def test_true_ends_training():
    assert classifier(callbacks=[lambda epoch: epoch.number == 3]).fit(X, Y).n_iter_ == 3


class Recorder:
    """A callback by scikit-learn's protocol."""

    def __init__(self, stop_after=None):
        self.names, self.stop_after, self.scores = [], stop_after, []

    def setup(self, estimator, context):
        self.names.append("setup")

    def on_fit_task_begin(self, estimator, context):
        self.names.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.names.append(f"end {context.task_name}")
        self.scores.append(fitted_estimator.score(X, Y))
        return self.stop_after is not None and len(self.scores) >= self.stop_after

    def teardown(self, estimator, context):
        self.names.append("teardown")


def test_scikit_learns_protocol():
    recorder = Recorder()
    model = classifier().set_callbacks(recorder).fit(X, Y)
    inner = ["begin epoch", "end epoch"] * 8
    assert recorder.names == ["setup", "begin fit", *inner, "end fit", "teardown"]
    assert recorder.scores[-1] == model.score(X, Y)


def test_a_callback_of_the_protocol_ends_training():
    assert classifier().set_callbacks(Recorder(stop_after=3)).fit(X, Y).n_iter_ == 3


def test_a_callback_is_torn_down_when_fit_fails():
    recorder = Recorder()
    with pytest.raises(ValueError, match="workers cannot share"):
        classifier(workers=10_000).set_callbacks(recorder).fit(X, Y)
    assert recorder.names[-1] == "teardown"


def test_clones_and_pipelines_keep_callbacks():
    recorder = Recorder()
    model = make_pipeline(StandardScaler(), classifier().set_callbacks(recorder))
    clone(model).fit(X, Y)
    assert recorder.names.count("end epoch") == 8


@pytest.fixture
def reporters(monkeypatch):
    """What every fit has been given to report its epochs to."""
    made, make = [], Callbacks.reporter

    def reporter(self, estimator_of):
        made.append(make(self, estimator_of))
        return made[-1]

    monkeypatch.setattr(Callbacks, "reporter", reporter)
    return made


@pytest.mark.parametrize("around", [make_pipeline, lambda model: GridSearchCV(model, {}, cv=2)])
def test_meta_estimators_without_callbacks_hear_no_epochs(around, reporters):
    around(classifier()).fit(X, Y)
    assert reporters
    assert set(reporters) == {None}


def test_epochs_are_tasks_where_a_meta_estimator_has_a_callback_of_its_own():
    tasks = []

    class Tree(Recorder):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "fit":
                tasks.extend(each.task_name for each in context)

    make_pipeline(classifier()).set_callbacks(Tree()).fit(X, Y)
    assert tasks.count("epoch") == 8


def test_scikit_learns_monitor():
    monitor = ScoringMonitor(scoring="accuracy")
    model = classifier(max_iter=3).set_callbacks(monitor).fit(X, Y)
    scores = [row["accuracy"] for row in monitor.get_logs().data if row["task_name"] == "epoch"]
    assert len(scores) == 3
    assert scores[-1] == model.score(X, Y)
