"""Recipes: what an effort stands for, and values that cannot be."""

from __future__ import annotations

import pytest

from fastavg import ConfigError, TabularRegressor
from fastavg.estimators.tabular.recipe import Recipe, recipe_of
from tests.models.tables import answers, table


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
    with pytest.raises(ConfigError, match="tol is 1; it must be at least 0 and below 1"):
        Recipe(tol=1)


@pytest.mark.parametrize(("effort", "members"), [("fast", 1), ("default", 5), ("best", 20)])
def test_an_effort_is_a_number_of_members(effort, members):
    for task in ("class", "number"):
        assert recipe_of(effort, task).members == members
        assert recipe_of(effort, task).folds == (10 if members == 1 else 5)
    assert recipe_of("best", "class").patience > recipe_of("default", "class").patience


def test_classes_and_numbers_have_recipes_of_their_own():
    of_class, of_number = (recipe_of("default", task) for task in ("class", "number"))
    assert (of_class.label_smoothing, of_number.label_smoothing) == (0.1, 0)
    assert recipe_of("fast", "class").label_smoothing == 0.05
    assert of_class.regularization.l2 > of_number.regularization.l2
    assert of_class.solver.learning_rate > of_number.solver.learning_rate
    assert (of_class.encoding.tree_bins, of_number.encoding.tree_bins) == (16, 32)


@pytest.mark.parametrize(("n_rows", "given", "rows"), [
    (1, None, 1), (20, None, 20), (50, None, 32), (5000, None, 128), (10**6, None, 256),
    (1000, 7, 7), (5, 7, 5),
])
def test_rows_of_a_step(n_rows, given, rows):
    assert Recipe(batch_size=given).rows_of_step(n_rows) == rows


@pytest.mark.parametrize("name", ["members", "max_epochs", "patience", "averages_per_epoch",
                                  "workers"])
def test_nothing_can_be_none_of_it(name):
    with pytest.raises(ConfigError, match=f"{name} is 0; it must be"):
        Recipe(**{name: 0})
