"""The regressor of tables: one number or several, intervals, ranges."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError, TabularRegressor
from tests.models.tables import QUICK, answers, regressor, table


def test_intervals_hold_what_they_promise():
    model, X = regressor(n_members=5), table(600, seed=5)
    y = answers(X)
    low, high = model.predict_interval(X, 0.8)
    assert 0.7 < np.mean((low <= y) & (y <= high)) < 0.95
    wider = model.predict_interval(X, 0.95)
    assert (wider[1] - wider[0] > high - low).all()
    with pytest.raises(DataError, match="coverage is 1"):
        model.predict_interval(X, 1)


def test_several_targets():
    frame = table(400)
    Y = np.column_stack([answers(frame), -2 * answers(frame)])
    model = TabularRegressor(**QUICK).fit(frame, Y)
    assert model.predict(frame).shape == Y.shape
    assert model.predict_interval(frame).shape == (2, *Y.shape)
    assert model.score(frame, Y) > 0.8


def test_predictions_stay_in_the_range_that_was_seen():
    model = regressor()
    y = answers(table())
    extreme = table(50).assign(age=1e12, whole=-(10**9))
    assert model.predict(extreme).max() <= y.max()
    assert model.predict(extreme).min() >= y.min()


def test_a_column_of_numbers_is_one_target():
    frame = table(60)
    one, column = (TabularRegressor(**QUICK).fit(frame, y) for y in (
        answers(frame), answers(frame)[:, None],
    ))
    assert column.predict(frame).shape == (60,)
    np.testing.assert_array_equal(column.model_.members, one.model_.members)


@pytest.mark.parametrize(("y", "said"), [
    (None, "requires y"), ([1.0, np.nan] * 25, "NaN"), ([0.0, 1.0], "X has 50 rows and y 2"),
])
def test_targets_that_cannot_be(y, said):
    with pytest.raises(ValueError, match=said):
        TabularRegressor(**QUICK).fit(table(50), y)
