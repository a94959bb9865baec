"""Fits that go on: warm starts, partial fits, early stops, clocks, weights of rows and classes."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier as Theirs

from fastavg import ConfigError, MLPClassifier, MLPRegressor

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 20, "batch_size": 16,
                            "learning_rate_init": 0.01, "random_state": 0, **more})


def test_partial_fits_are_one_run():
    steps = classifier(workers=2)
    for _ in range(20):
        steps.partial_fit(X, Y, classes=[0, 1, 2])
    whole = classifier(workers=2).fit(X, Y)
    assert np.array_equal(steps.weights_, whole.weights_)
    np.testing.assert_allclose(steps.loss_curve_, whole.loss_curve_, rtol=1e-6)
    assert (steps.t_, steps.n_iter_) == (20 * 150, 1)


def test_partial_fit_goes_on_after_pickling_and_with_a_part_of_the_classes():
    steps = classifier().partial_fit(X[:40], Y[:40], classes=[0, 1, 2])
    again = pickle.loads(pickle.dumps(steps))
    for model in (steps, again):
        model.partial_fit(X[60:100], Y[60:100])
    assert np.array_equal(steps.weights_, again.weights_)
    with pytest.raises(ValueError, match="`y` has classes not in"):
        steps.partial_fit(X[:3], [0, 1, 7])


def test_only_solvers_in_steps_have_partial_fit():
    assert hasattr(classifier(), "partial_fit")
    assert not hasattr(classifier(solver="lbfgs"), "partial_fit")
    with pytest.raises(ConfigError, match="early_stopping"):
        classifier(early_stopping=True).partial_fit(X, Y, classes=[0, 1, 2])


def test_the_clock_ends_training():
    began = time.monotonic()
    model = classifier(max_iter=10**7, tol=0, n_iter_no_change=np.inf, max_seconds=0.3).fit(X, Y)
    assert 0.3 <= time.monotonic() - began < 30
    assert model.n_iter_ < 10**7


def test_an_adaptive_rate_goes_down_and_ends_training():
    factors = []
    model = classifier(solver="sgd", learning_rate="adaptive", learning_rate_init=0.1,
                       max_iter=2000, tol=1e-3, n_iter_no_change=2,
                       callbacks=[lambda epoch: factors.append(epoch.rate_factor)]).fit(X, Y)
    assert model.n_iter_ < 2000
    assert sorted(set(factors), reverse=True) == pytest.approx([5.0**-k for k in range(9)])


def test_the_loss_counts_the_penalty_as_scikit_learn_does():
    settings = {"hidden_layer_sizes": (30,), "solver": "sgd", "learning_rate_init": 0.05,
                "alpha": 3.0, "batch_size": 50, "max_iter": 60, "random_state": 0,
                "tol": 0, "n_iter_no_change": 100}
    ours, theirs = MLPClassifier(**settings).fit(X, Y), Theirs(**settings).fit(X, Y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=0.05)


def test_rows_without_weight_do_not_count_in_the_average():
    nothing = np.ones(150)
    nothing[::2] = 0
    model = classifier(workers=2, shuffle=False, max_iter=3).fit(X, Y, sample_weight=nothing)
    assert np.isfinite(model.weights_).all()


def test_lbfgs_finds_what_scikit_learn_finds():
    settings = {"hidden_layer_sizes": (), "solver": "lbfgs", "alpha": 1.0, "max_iter": 1000,
                "tol": 1e-8, "random_state": 0}
    ours, theirs = MLPClassifier(**settings).fit(X, Y), Theirs(**settings).fit(X, Y)
    assert ours.loss_ == pytest.approx(theirs.loss_, rel=1e-6)
    # Both end where the loss stands still to nine digits, a little beside the minimum.
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-3)
    y = X @ [1.0, -2, 0.5, 0] + 3
    assert MLPRegressor(solver="lbfgs", random_state=0).fit(X, y).score(X, y) > 0.999


def test_verbose_says_every_epoch(capsys):
    classifier(verbose=True, max_iter=2, early_stopping=True).fit(X, Y)
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said] == ["Iteration", "Validation"] * 2


@pytest.mark.parametrize(("more", "said"), [
    ({"max_iter": 0}, "max_iter is 0"), ({"validation_fraction": 1.5}, "validation_fraction"),
    ({"tol": -1}, "tol is -1"), ({"n_iter_no_change": 0}, "n_iter_no_change"),
    ({"max_seconds": 0}, "max_seconds is 0"), ({"restore_best": "no"}, "restore_best"),
    ({"hidden_layer_sizes": (0,)}, "hidden_layer_sizes"), ({"batch_size": 0}, "batch_size is 0"),
])
def test_parameters_that_cannot_be(more, said):
    with pytest.raises(ConfigError, match=said):
        classifier(**more).fit(X, Y)
