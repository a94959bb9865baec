"""What scikit-learn's MLP has not: every parameter of it trains, and changes the fit."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris

from fastavg import (
    SGD,
    ConfigError,
    CustomActivation,
    Huber,
    MLPClassifier,
    MLPRegressor,
    Quantile,
    Schedule,
)

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
ROWS, NUMBERS = load_diabetes(return_X_y=True)
NUMBERS = NUMBERS / 50


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (12, 12), "max_iter": 60, "batch_size": 16,
                            "learning_rate_init": 0.01, "random_state": 0, **more})


PLAIN = classifier().fit(X, Y).weights_


@pytest.mark.parametrize("more", [
    *({"activation": name} for name in
      ("leaky_relu", "elu", "gelu", "silu", "softplus", "selu", "mish", "lecun_tanh",
       ["tanh", "silu"])),
    *({"solver": name} for name in ("adamw", "rmsprop", "nadam")),
    {"solver": "adagrad", "learning_rate_init": 0.1}, {"solver": SGD(0.1)},
    *({"learning_rate": name} for name in ("cosine", "step", "one_cycle")),
    {"learning_rate": Schedule("step", every=5, factor=0.5)}, {"warmup": 3},
    {"dropout": 0.1}, {"dropout": [0.1, 0.2]}, {"input_dropout": 0.05}, {"l1": 0.05},
    {"max_norm": 1.0}, {"clip_norm": 0.5}, {"clip_value": 0.001},
    {"max_change": 0.02}, {"loss": "hinge"}, {"loss": "squared_hinge", "learning_rate_init": 0.003},
    {"label_smoothing": 0.1},
], ids=str)
def test_a_classifier_learns_with(more):
    model = classifier(**more).fit(X, Y)
    assert model.score(X, Y) > 0.93
    assert not np.array_equal(model.weights_, PLAIN)
    again = classifier(**more, workers=2, processes=1).fit(X, Y)
    split = classifier(**more, workers=2, processes=2).fit(X, Y)
    assert np.array_equal(again.weights_, split.weights_)


@pytest.mark.parametrize("loss", [
    "squared_error", "absolute_error", "huber", "log_cosh", "poisson", "gamma", Huber(0.5),
], ids=str)
def test_a_regressor_learns_with(loss):
    model = MLPRegressor(loss=loss, hidden_layer_sizes=(20,), max_iter=300, random_state=0,
                         learning_rate_init=0.01)
    assert model.fit(ROWS, NUMBERS).score(ROWS, NUMBERS) > 0.45


def test_a_quantile_has_its_share_below():
    for q in (0.2, 0.8):
        model = MLPRegressor(loss=Quantile(q), hidden_layer_sizes=(), max_iter=400, tol=0,
                             random_state=0, learning_rate_init=0.05).fit(ROWS, NUMBERS)
        assert abs((model.predict(ROWS) > NUMBERS).mean() - q) < 0.06


@numba.njit
def sine(z):
    return math.sin(z)


@numba.njit
def sine_derivative(z):
    return math.cos(z)


def test_an_activation_of_ones_own():
    own = CustomActivation(sine, sine_derivative)
    model = classifier(activation=own, workers=2, processes=2).fit(X, Y)
    assert model.score(X, Y) > 0.95
    alone = classifier(activation=own, workers=2, processes=1).fit(X, Y)
    assert np.array_equal(model.weights_, alone.weights_)


@pytest.mark.parametrize(("more", "said"), [
    ({"loss": "huber"}, "loss huber is for numbers"), ({"loss": "magic"}, "'magic' is unknown"),
    ({"dropout": 1.5}, "dropout"), ({"loss": "hinge", "label_smoothing": 0.1}, "label_smoothing"),
    ({"clip_norm": -1}, "clip_norm"), ({"learning_rate": "magic"}, "'magic' is unknown"),
])
def test_parameters_that_cannot_be(more, said):
    with pytest.raises(ConfigError, match=said):
        classifier(**more).fit(X, Y)


def test_averages_may_be_counted_in_steps():
    # 150 rows, two workers with batches of 8: ten steps an epoch.
    half = classifier(workers=2, average_every=0.5, max_iter=6).fit(X, Y)
    steps = classifier(workers=2, average_every="5 steps", max_iter=6).fit(X, Y)
    assert (steps.weights_ == half.weights_).all()
    assert (classifier(workers=2, average_every="2 steps", max_iter=6).fit(X, Y).weights_
            != half.weights_).any()
    with pytest.raises(ConfigError, match="average_every is '5 stops'; it must be a number above"):
        classifier(average_every="5 stops").fit(X, Y)


def test_partial_fit_goes_on_by_steps():
    every = [classifier(workers=2, average_every=period) for period in (0.5, "5 steps")]
    for _ in range(3):
        one, other = (each.partial_fit(X, Y, classes=[0, 1, 2]).weights_ for each in every)
        assert (one == other).all()
