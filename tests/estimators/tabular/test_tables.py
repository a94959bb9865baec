"""Estimators of tables: raw DataFrames, the same bits whoever computes, honest errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from fastavg import ConfigError, DataError, TabularClassifier, TabularRegressor
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.estimators.tabular.recipe import Recipe
from tests.models.tables import QUICK, answers, classifier, regressor, table


def weights(model):
    return model.model_.members


def test_any_number_of_processes_gives_the_same_bits():
    alone = classifier(processes=1, n_members=3)
    for processes in (2, 3):
        np.testing.assert_array_equal(
            weights(classifier(processes=processes, n_members=3)), weights(alone)
        )


def test_several_workers_in_each_member():
    one, four = regressor(), regressor(workers=4)
    assert not np.array_equal(weights(one), weights(four))
    np.testing.assert_array_equal(weights(regressor(workers=4, processes=2)), weights(four))
    X = table(300, seed=3)
    assert four.score(X, answers(X)) > 0.8


def test_the_seed_decides():
    first = regressor(random_state=1)
    np.testing.assert_array_equal(weights(first), weights(regressor(random_state=1)))
    assert not np.array_equal(weights(first), weights(regressor(random_state=2)))


def test_efforts():
    assert len(weights(regressor(n_members=None))) == 1
    for effort, members in (("default", 20), ("best", 20)):
        model = clone(TabularClassifier(effort))
        made = model._recipe(_training_table(400))
        assert made.members == members
    assert TabularClassifier()._recipe(_training_table(20_000)).members == 5
    with pytest.raises(ConfigError, match="effort 'great' is unknown; choose fast, default, best"):
        TabularClassifier("great").fit(table(50), [0, 1] * 25)


def _training_table(n):
    from fastavg.estimators.tabular.fit import TrainingTable

    return TrainingTable(frame_of(np.zeros((n, 1))), np.arange(n) % 2, np.arange(2))


def test_groups_are_held_out_together():
    from fastavg.estimators.tabular.folds import folds_of

    groups = np.random.default_rng(0).integers(0, 12, 300)
    fold = folds_of(np.zeros(300), 4, 0, False, groups)
    assert all(len(np.unique(fold[groups == group])) == 1 for group in range(12))
    assert np.bincount(fold).min() > 40
    frame = table(300)
    model = TabularRegressor(**QUICK).fit(frame, answers(frame), groups=groups)
    assert model.score(frame, answers(frame)) > 0.5
    with pytest.raises(DataError, match="groups has 3 values"):
        model.fit(frame, answers(frame), groups=[1, 2, 3])


def test_folds_hold_every_class():
    from fastavg.estimators.tabular.folds import folds_of

    y = np.repeat([0, 1, 2], [100, 23, 6])
    fold = folds_of(y, 5, 3, True)
    counts = np.array([np.bincount(y[fold == k], minlength=3) for k in range(5)])
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert (counts[:, 2] >= 1).all()
    with pytest.raises(DataError, match="2 rows; 5 folds"):
        folds_of(np.zeros(2), 5, 0, False)


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


def test_every_part_of_the_recipe_can_be_changed():
    frame = table(200)
    recipe = Recipe((16,), "silu", members=2, folds=3, max_epochs=3)
    model = TabularRegressor(recipe=recipe, scale="quantile").fit(frame, answers(frame))
    assert model.model_.network.layer_sizes[1:] == (16, 1)
    assert model.model_.network.activations[0] == "silu"
    assert len(model.validation_loss_curves_[0]) == 3
    with pytest.raises(ConfigError, match="folds is 1; it must be a whole number of at least 2"):
        Recipe(folds=1)
    with pytest.raises(ConfigError, match="half_life is 0"):
        Recipe(half_life=0)


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


def test_more_than_one_member_is_calibrated():
    model = classifier(n_members=5)
    assert 0.3 < model.model_.temperature < 5
    assert model.model_.temperature != 1


@pytest.mark.parametrize(("y", "said"), [
    (["a"] * 50, "1 class"), (None, "requires y"), ([1.0, np.nan] * 25, "NaN"),
    ([0, 1], "X has 50 rows and y 2"),
])
def test_targets_that_cannot_be(y, said):
    with pytest.raises(ValueError, match=said):
        TabularClassifier(**QUICK).fit(table(50), y)
