"""Recorded runs of both estimators."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from fastavg import MLPClassifier, MLPRegressor
from tests.promises import recorded_rows as rows
from tests.promises.recorded_run import ONE, TEAM, Run, sha256

RUNS: dict[str, Run] = {}


def by_estimator(name, kind, given, layouts=ONE, *, fits=1, weighted=False, **parameters):
    def digest(layout):
        X, y, _ = given
        weights = np.random.default_rng(15).uniform(0.5, 2, len(y)) if weighted else None
        model = kind(**{
            "hidden_layer_sizes": (10,), "max_iter": 4, "random_state": 5,
            "processes": layout.processes, **parameters,
        })
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(fits):
                model.fit(X, y, sample_weight=weights)
        return sha256(model.weights_)

    RUNS[f"estimator {name}"] = Run(digest, layouts)


def by_parts(name, kind, given, parts, layouts=ONE, **parameters):
    def digest(layout):
        X, y, _ = given
        model = kind(
            hidden_layer_sizes=(10,), random_state=6, processes=layout.processes, **parameters
        )
        more = {"classes": np.unique(y)} if kind is MLPClassifier else {}
        for part in range(parts):
            model.partial_fit(X[part::parts], y[part::parts], **more)
        return sha256(model.weights_)

    RUNS[f"estimator {name}"] = Run(digest, layouts)


by_estimator("classifier", MLPClassifier, rows.digits())
by_estimator("classifier 4 workers", MLPClassifier, rows.digits(), TEAM, workers=4,
             average_every=0.5, batch_size=32, averaging="slow-momentum")
by_estimator("classifier early stopping", MLPClassifier, rows.digits(), workers=2,
             average_every=1, early_stopping=True, solver="sgd", learning_rate="adaptive",
             learning_rate_init=0.5, max_iter=20, n_iter_no_change=2, batch_size=40)
by_estimator("classifier weights", MLPClassifier, rows.digits(), weighted=True,
             class_weight="balanced", dtype="float32", workers=2, solver="adamw", warmup=1.0)
by_estimator("classifier warm start", MLPClassifier, rows.classes(), fits=3, warm_start=True,
             activation="tanh", solver="nadam")
by_estimator("classifier binary", MLPClassifier, rows.classes(2), solver="sgd",
             learning_rate="line-search", sampling="resample")
by_estimator("classifier labels", MLPClassifier, rows.labels(), label_smoothing=0.1, workers=2,
             solver="rmsprop", dropout=0.2, l1=1e-3)
by_estimator("classifier lbfgs", MLPClassifier, rows.classes(), solver="lbfgs", max_iter=15)
by_estimator("classifier paper", MLPClassifier, rows.digits(), TEAM, preset="paper", workers=2,
             max_iter=10)
by_estimator("regressor early stopping", MLPRegressor, rows.numbers(), early_stopping=True,
             activation="logistic", max_iter=30, learning_rate_init=0.05, n_iter_no_change=3)
by_estimator("regressor poisson", MLPRegressor, rows.counts(), loss="poisson", workers=2,
             dtype="float32", solver="adagrad", learning_rate_init=0.05)
by_estimator("regressor cg", MLPRegressor, rows.numbers(), solver="cg", workers=2)
by_estimator("regressor lbfgs", MLPRegressor, rows.numbers(), weighted=True, solver="lbfgs",
             max_iter=15)
by_parts("classifier partial fit", MLPClassifier, rows.digits(), 4, TEAM, workers=2)
by_parts("regressor partial fit", MLPRegressor, rows.numbers(), 3, solver="sgd",
         learning_rate="invscaling", learning_rate_init=0.1)
