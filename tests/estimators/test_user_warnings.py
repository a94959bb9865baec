"""Warnings name the line of whoever called, however deep they arise."""

from __future__ import annotations

import inspect
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import MLPRegressor
from fastavg.estimators.user_warnings import warn_user

X = np.random.default_rng(0).normal(size=(30, 2))


def line_here():
    return inspect.currentframe().f_back.f_lineno


def test_the_caller_s_own_line():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        line = line_here() + 1
        warn_user("look here", RuntimeWarning)
    (warning,) = caught
    assert (str(warning.message), warning.category) == ("look here", RuntimeWarning)
    assert (warning.filename, warning.lineno) == (__file__, line)


def test_a_plain_warning_is_a_user_warning():
    with pytest.warns(UserWarning, match="look here"):
        warn_user("look here")


@pytest.mark.parametrize("fit", [
    lambda model: model.fit(X, X[:, 0]),
    lambda model: make_pipeline(StandardScaler(), model).fit(X, X[:, 0]),
], ids=["own call", "through scikit-learn"])
def test_fitting_points_to_the_line_that_asked_for_it(fit):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(MLPRegressor(hidden_layer_sizes=(2,), max_iter=1, random_state=0))
    found = [each for each in caught if each.category is ConvergenceWarning]
    assert found
    assert {each.filename for each in found} == {__file__}
