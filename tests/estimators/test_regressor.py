"""The regressor: one number a row, several, and what it makes small."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import DataConversionWarning

from fastavg import ConfigError, DataError, MLPRegressor

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
LINE = X @ [1.0, -2, 0.5, 0] + 3


def test_regression():
    y = X @ [1.0, -2, 0.5, 0] + 3
    more = {"hidden_layer_sizes": (), "learning_rate_init": 0.05, "random_state": 0}
    assert MLPRegressor(workers=2, **more).fit(X, y).score(X, y) > 0.99
    both = MLPRegressor(**more).fit(X, np.stack([y, -y], 1))
    assert both.predict(X).shape == (150, 2)
    assert both.out_activation_ == "identity"


def quick(**more):
    return MLPRegressor(**{"hidden_layer_sizes": (), "learning_rate_init": 0.05,
                           "max_iter": 10, "random_state": 0, **more})


def test_the_loss_is_the_first_parameter():
    assert MLPRegressor("huber").loss == "huber"
    assert MLPRegressor().loss == "squared_error"


def test_a_column_of_numbers_is_taken_for_one_number_a_row():
    with pytest.warns(DataConversionWarning):
        column = quick().fit(X, LINE[:, None])
    assert column.predict(X).shape == (150,)
    np.testing.assert_array_equal(column.weights_, quick().fit(X, LINE).weights_)


def test_whole_numbers_are_numbers():
    rounded = LINE.round()
    np.testing.assert_array_equal(
        quick().fit(X, rounded.astype(int)).weights_, quick().fit(X, rounded).weights_
    )


def test_partial_fits_are_one_fit():
    steps = quick()
    for _ in range(10):
        steps.partial_fit(X, LINE)
    np.testing.assert_array_equal(steps.weights_, quick(tol=0).fit(X, LINE).weights_)


def test_targets_and_losses_that_cannot_be():
    with pytest.raises(ValueError, match="NaN"):
        quick().fit(X, np.where(Y == 0, np.nan, LINE))
    with pytest.raises(ConfigError, match="loss hinge is for classes"):
        quick(loss="hinge").fit(X, LINE)
    with pytest.raises(DataError, match="the loss Poisson takes numbers at least 0"):
        quick(loss="poisson").fit(X, -np.abs(LINE))
