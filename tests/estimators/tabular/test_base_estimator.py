"""What both estimators of tables do with rows, columns, weights, groups and seeds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from fastavg import ConfigError, DataError, TabularClassifier, TabularRegressor
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from tests.models.tables import QUICK, answers, regressor, table


def weights(model):
    return model.model_.members


def test_the_seed_decides():
    first = regressor(random_state=1)
    np.testing.assert_array_equal(weights(first), weights(regressor(random_state=1)))
    assert not np.array_equal(weights(first), weights(regressor(random_state=2)))


def test_efforts():
    assert len(weights(regressor(n_members=None))) == 1
    for effort, members in (("default", 5), ("best", 20)):
        model = clone(TabularClassifier(effort))
        made = model._recipe("class", 400)
        assert made.members == members
    with pytest.raises(ConfigError, match="effort 'great' is unknown; choose fast, default, best"):
        TabularClassifier("great").fit(table(50), [0, 1] * 25)


def test_rows_without_weight_teach_nothing():
    frame = table(400)
    y = (answers(frame) > 4).astype(int)
    wrong = np.concatenate([y, 1 - y])
    both = pd.concat([frame, frame], ignore_index=True)
    model = TabularClassifier(**QUICK).fit(
        both, wrong, sample_weight=np.repeat([1.0, 0.0], 400)
    )
    X = table(300, seed=1)
    assert model.score(X, (answers(X) > 4).astype(int)) > 0.8


def test_columns_can_be_said_and_changed(tmp_path):
    frame = table(300)
    y = answers(frame)
    model = TabularRegressor(**QUICK, ignore=["whole"], categorical=["row_id"]).fit(frame, y)
    assert "whole" not in model.model_.feature_names
    plan = plan_columns(frame_of(frame), features=["town", "age"])
    plan.save(tmp_path / "plan.toml")
    for columns in (plan, tmp_path / "plan.toml"):
        model = TabularRegressor(**QUICK, columns=columns).fit(frame, y)
        assert model.model_.feature_names == ("age", "town")


def test_groups_are_held_out_together():
    groups = np.random.default_rng(0).integers(0, 12, 300)
    frame = table(300)
    model = TabularRegressor(**QUICK).fit(frame, answers(frame), groups=groups)
    assert model.score(frame, answers(frame)) > 0.5
    with pytest.raises(DataError, match="groups has 3 values"):
        model.fit(frame, answers(frame), groups=[1, 2, 3])


def test_rows_that_cannot_be():
    with pytest.raises(DataError, match="X has 50 rows and y 2"):
        TabularRegressor(**QUICK).fit(table(50), [0.0, 1.0])
    with pytest.raises(DataError, match="at least 2 rows are needed"):
        TabularRegressor(**QUICK).fit(table(1), [0.0])
    with pytest.raises(ConfigError, match="processes is 0"):
        TabularRegressor(**QUICK, processes=0).fit(table(50), np.arange(50.0))
