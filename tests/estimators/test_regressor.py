"""The regressor: one number a row, several, and what it makes small."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning

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


@pytest.mark.parametrize("sizes", [(10,), [10, 5], (), [7]])
def test_layer_sizes_in_the_loss_s_place_are_refused(sizes):
    with pytest.raises(ValueError, match=r"the loss comes first.*hidden_layer_sizes="):
        MLPRegressor(sizes).fit(X, LINE)
    with pytest.raises(ValueError, match=r"the loss comes first.*hidden_layer_sizes="):
        MLPRegressor(sizes).partial_fit(X, LINE)


@pytest.mark.parametrize("loss", [10, 0.5, np.array([3]), np.float32(1), {3}, b"huber", int])
def test_what_is_no_loss_is_refused(loss):
    with pytest.raises(ValueError, match=r"loss is .*; choose cross_entropy, "):
        MLPRegressor(loss).fit(X, LINE)


@pytest.mark.parametrize(("scale", "offset", "warned"), [
    (1.0, 0.0, False), (77.0, 150.0, False), (60_000.0, 180_000.0, True), (1.0, 1e6, True),
    (1e-6, 0.0, True), (0.0, 7.0, False), (1e300, 0.0, True),
])
def test_targets_far_from_zero_are_warned_about(scale, offset, warned):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        quick(solver="sgd", learning_rate_init=1e-12).fit(X[:20], LINE[:20] * scale + offset)
    said = [str(one.message) for one in found if one.category is UserWarning]
    assert [line.startswith("the targets lie around") for line in said] == [True] * warned
    assert {one.category for one in found} <= {UserWarning, ConvergenceWarning}
    if said:
        assert "TransformedTargetRegressor" in said[0]
        assert found[0].filename == __file__


def test_targets_of_the_losses_of_counts_may_be_large():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.simplefilter("ignore", ConvergenceWarning)
        quick(loss="poisson", max_iter=1).fit(X, np.abs(LINE) * 1e4)
