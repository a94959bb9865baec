"""The estimators in the place of scikit-learn's: its own tests, its messages, its habits."""

from __future__ import annotations

import importlib.util
import math
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import (
    ConfigError,
    DataError,
    Diverged,
    MLPClassifier,
    MLPRegressor,
    from_sklearn,
    load,
    to_sklearn,
)
from tests.promises.scikit_learn_mlp import outcomes

X, Y = load_iris(return_X_y=True)
SMALL = {"hidden_layer_sizes": (6,), "random_state": 0}
# What a test of scikit-learn's reads that only its own MLP has.
PRIVATE = {
    "test_gradient": "_loss_grad_lbfgs",
    "test_learning_rate_warmstart": "_optimizer",
    "test_adaptive_learning_rate": "_optimizer",
    "test_n_iter_no_change": "_no_improvement_count",
    "test_n_iter_no_change_inf": "_no_improvement_count",
}


def quiet(estimator, rows, y, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(rows, y, **more)


@pytest.mark.skipif(
    importlib.util.find_spec("sklearn.neural_network.tests") is None,
    reason="this scikit-learn was installed without its tests",
)
def test_scikit_learn_s_own_tests_pass_but_for_its_private_names(tmp_path):
    found = outcomes(tmp_path)
    failed = {name: why for name, why in found.items() if why}
    assert len(found) >= 59
    assert failed.keys() == PRIVATE.keys(), failed
    for name, private in PRIVATE.items():
        assert f"has no attribute '{private}'" in failed[name]


def test_every_error_of_a_user_is_a_value_error():
    for error in (ConfigError, DataError, Diverged):
        assert issubclass(error, ValueError)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_weights_that_are_not_finite_are_a_value_error(kind, solver):
    rows = np.finfo(np.float64).max * np.random.default_rng(0).random((20, 2))
    with pytest.raises(ValueError, match="Solver produced non-finite parameter weights"):
        quiet(kind(**SMALL, solver=solver), rows, np.arange(20) % 2)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_a_fit_that_diverges_keeps_its_best_weights_under_early_stopping(kind):
    model = kind(
        hidden_layer_sizes=100, activation="identity", solver="sgd", learning_rate_init=20,
        early_stopping=True, random_state=0, alpha=0.0, momentum=0.99, max_iter=400,
        n_iter_no_change=400,
    )
    rows, y = (X, Y) if kind is MLPRegressor else (1e3 * X, Y)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            model.fit(rows, y)
        except Diverged:
            pytest.skip("it diverged before an epoch was complete")
    assert math.isnan(model.validation_scores_[-1])
    assert np.isfinite(model.weights_).all()
    assert model.best_validation_score_ == np.nanmax(model.validation_scores_)
    assert any("best epoch" in str(each.message) for each in heard)


@pytest.mark.parametrize("activation", ["identity", "relu", "tanh", "logistic"])
def test_lbfgs_says_that_max_fun_was_not_enough(activation):
    rows, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(
        **SMALL, solver="lbfgs", activation=activation, max_fun=7, tol=0.0, max_iter=150
    )
    with pytest.warns(ConvergenceWarning, match="lbfgs failed to converge"):
        model.fit(rows, y / 100)
    assert model.n_iter_ <= 7


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize("changed", [
    Y > 0, Y + 1, np.array(list("abc"))[Y], Y * 0, np.arange(150) % 4,
])
def test_a_warm_start_refuses_other_classes(solver, changed):
    model = quiet(MLPClassifier(**SMALL, solver=solver, warm_start=True, max_iter=3), X, Y)
    words = r"warm_start can only be used.*Previously got \[0 1 2\], "
    with pytest.raises(ValueError, match=words):
        model.fit(X, changed)
    quiet(model, X, Y[::-1])


@pytest.mark.parametrize("scoring", [None, "accuracy", "f1_macro"])
def test_held_out_rows_cause_no_warning_about_names(scoring):
    frame = load_iris(as_frame=True).data
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = MLPClassifier(
            **SMALL, early_stopping=True, scoring=scoring, max_iter=5,
            callbacks=[lambda epoch: epoch.estimator().predict(frame) is None],
        ).fit(frame, Y)
        model.predict(frame)
    assert list(model.feature_names_in_) == list(frame.columns)


@pytest.mark.parametrize("label", [1, 7, "yes", True, 2.0])
@pytest.mark.parametrize("more", [{}, {"early_stopping": True}, {"solver": "lbfgs"}])
def test_one_class_is_what_is_predicted(label, more, tmp_path):
    y = np.full(40, label)
    ours, theirs = (
        quiet(kind(**SMALL, **more, max_iter=5), X[:40], y)
        for kind in (MLPClassifier, TheirClassifier)
    )
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert ours.predict_proba(X).shape == theirs.predict_proba(X).shape
    np.testing.assert_array_equal(ours.classes_, theirs.classes_)
    ours.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(load(tmp_path / "m.safetensors").predict(X), ours.predict(X))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
@pytest.mark.parametrize("rows", [40, 4000])
def test_what_is_handed_out_has_the_dtype_of_x(dtype, rows):
    features = np.random.default_rng(0).integers(0, 9, (rows, 4)).astype(dtype)
    for ours, theirs, y in ((MLPClassifier, TheirClassifier, features[:, 0] > 4),
                            (MLPRegressor, TheirRegressor, features[:, 0] / 9)):
        a, b = (quiet(kind(**SMALL, max_iter=2), features, y) for kind in (ours, theirs))
        for name in ("coefs_", "intercepts_"):
            assert [part.dtype for part in getattr(a, name)] == [
                part.dtype for part in getattr(b, name)
            ]
        assert a.predict(features).dtype == b.predict(features).dtype


def test_weights_that_were_set_by_hand_are_where_partial_fit_begins():
    ours, theirs = (
        kind(hidden_layer_sizes=(3,), solver="sgd", random_state=0, momentum=0, alpha=0.0)
        for kind in (MLPClassifier, TheirClassifier)
    )
    quiet(theirs.set_params(max_iter=1), X, Y)
    for part in ("coefs_", "intercepts_"):
        setattr(ours, part, [each.copy() for each in getattr(theirs, part)])
    ours.partial_fit(X, Y, classes=[0, 1, 2])
    theirs.partial_fit(X, Y)
    for a, b in zip(ours.coefs_, theirs.coefs_, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def lbfgs(kind=MLPClassifier):
    return quiet(kind(**SMALL, solver="lbfgs", max_iter=20), X, Y)


def settings(model, **changes):
    return model.set_params(**changes)


@pytest.mark.parametrize("begin", [
    lbfgs, lambda: from_sklearn(lbfgs(TheirClassifier)),
    lambda: from_sklearn(quiet(TheirClassifier(**SMALL, max_iter=5), X, Y)),
    lambda: quiet(MLPClassifier(**SMALL, max_iter=5, early_stopping=True), X, Y),
    lambda: quiet(MLPClassifier(**SMALL, max_iter=5), X, Y),
], ids=["lbfgs", "their lbfgs", "their adam", "early stopping", "adam"])
@pytest.mark.parametrize("then", [
    {"solver": "adam"}, {"solver": "sgd"}, {"solver": "lbfgs"}, {"early_stopping": True},
], ids=str)
def test_every_solver_goes_on_from_every_other(begin, then):
    # A drop by less than this is the first steps of another solver.
    before = begin().score(X, Y)
    again = settings(begin(), **{"solver": "adam", "early_stopping": False, **then},
                     warm_start=True, max_iter=3, learning_rate_init=1e-4)
    assert quiet(again, X, Y).score(X, Y) > before - 0.1
    if "early_stopping" not in then and then["solver"] != "lbfgs":
        stepped = settings(begin(), **then, learning_rate_init=1e-4, early_stopping=False)
        assert stepped.partial_fit(X, Y).score(X, Y) > before - 0.1
        theirs = to_sklearn(stepped)
        theirs.partial_fit(X, Y)


def test_a_batch_that_lacks_a_class_is_weighted_all_the_same():
    rare = (X[:, 0] > 7).astype(int)
    for weights in ({1: 20.0}, {0: 1.0, 1: 20.0}):
        model = MLPClassifier(**SMALL, class_weight=weights)
        for at in range(0, 150, 10):
            model.partial_fit(X[at : at + 10], rare[at : at + 10], classes=[0, 1])
    with pytest.raises(ValueError, match="'balanced' is not supported for partial_fit"):
        MLPClassifier(class_weight="balanced").partial_fit(X, rare, classes=[0, 1])
    with pytest.raises(ValueError, match="class_weight has 7, which is no class"):
        MLPClassifier(class_weight={7: 2.0}).fit(X, rare)


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("y", [Y, Y > 0], ids=["three", "two"])
def test_margins_are_a_decision_function(loss, y):
    model = make_pipeline(
        StandardScaler(), MLPClassifier(**SMALL, loss=loss, max_iter=40, learning_rate_init=0.02)
    )
    metric = "accuracy" if y is Y else "roc_auc"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        score = cross_val_score(model, X, y, scoring=metric, cv=3, error_score="raise").mean()
        model.fit(X, y)
    assert score > 0.8
    margins = model.decision_function(X)
    assert margins.shape == ((150, 3) if y is Y else (150,))
    assert not hasattr(model, "predict_proba")
    quiet(model.set_params(mlpclassifier__early_stopping=True,
                           mlpclassifier__scoring=metric), X, y)


def test_warnings_point_to_the_line_that_caused_them(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(
        "import numpy as np\n"
        "from sklearn.pipeline import make_pipeline\n"
        "from sklearn.preprocessing import StandardScaler\n"
        "from fastavg import MLPClassifier\n"
        "X = np.arange(20.0)[:, None]\n"
        "MLPClassifier((3,), max_iter=2, batch_size=50).fit(X, X[:, 0] > 9)\n"
        "make_pipeline(StandardScaler(), MLPClassifier((3,), max_iter=2)).fit(X, X[:, 0] > 9)\n"
        "MLPClassifier((3,), solver='lbfgs', max_iter=1).fit(X, X[:, 0] > 9)\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "always", str(program)], capture_output=True, text=True, timeout=120,
        check=True,
    )
    for line, words in ((6, "batch_size is 50"), (6, "Maximum iterations (2)"),
                        (7, "Maximum iterations (2)"), (8, "lbfgs failed to converge")):
        assert any(
            text.startswith(f"{program}:{line}:") and words in text
            for text in run.stderr.splitlines()
        ), run.stderr


def test_names_of_a_table_are_saved(tmp_path):
    frame = pd.DataFrame(X, columns=["a", "b", "c", "d"])
    model = quiet(MLPClassifier(**SMALL, max_iter=20), frame, Y)
    model.save(tmp_path / "m.safetensors")
    loaded = load(tmp_path / "m.safetensors")
    assert loaded.feature_names == ("a", "b", "c", "d")
    np.testing.assert_array_equal(loaded.predict(frame[["d", "b", "a", "c"]]), model.predict(frame))
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(frame[["d", "b", "a", "c"]])
