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


@pytest.mark.parametrize(("effort", "n_rows", "members"), [
    ("fast", 10, 1), ("fast", 10**6, 1), ("default", 400, 20), ("default", 4000, 10),
    ("default", 10**6, 5), ("best", 400, 20), ("best", 10**6, 20),
])
def test_small_tables_have_more_members(effort, n_rows, members):
    assert recipe_of(effort, "class", n_rows).members == members


def test_classes_and_numbers_have_recipes_of_their_own():
    of_class, of_number = (recipe_of("default", task, 1000) for task in ("class", "number"))
    assert (of_class.label_smoothing, of_number.label_smoothing) == (0.1, 0)
    assert of_class.l2 > of_number.l2
    assert (of_class.encoding.tree_bins, of_number.encoding.tree_bins) == (16, 32)


@pytest.mark.parametrize(("n_rows", "given", "rows"), [
    (1, None, 1), (20, None, 20), (50, None, 32), (5000, None, 128), (10**6, None, 256),
    (1000, 7, 7), (5, 7, 5),
])
def test_rows_of_a_step(n_rows, given, rows):
    assert Recipe(batch_size=given).rows_of_step(n_rows) == rows


@pytest.mark.parametrize("name", ["members", "max_epochs", "patience", "averages_per_epoch",
                                  "workers", "learning_rate"])
def test_nothing_can_be_none_of_it(name):
    with pytest.raises(ConfigError, match=f"{name} is 0; it must be"):
        Recipe(**{name: 0})
