"""From a table to a model: what its members are, and what was held out of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import Execution
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.estimators.tabular.calibration import fit_temperature
from fastavg.estimators.tabular.fit import TrainingTable, fit_table
from fastavg.estimators.tabular.folds import folds_of
from fastavg.estimators.tabular.recipe import Recipe
from tests.models.tables import answers, table

FRAME = table(150)
NUMBERS = answers(FRAME)
CLASSES = (NUMBERS > 4).astype(int)
RECIPE = Recipe((8,), members=3, folds=3, max_epochs=5)


def fitted(y, classes=None, recipe=RECIPE):
    made = TrainingTable(frame_of(FRAME), y, classes)
    return fit_table(made, plan_columns(made.frame), recipe, 0, Execution(1))


def test_the_targets_decide_the_last_layer():
    plain = replace(RECIPE, embedding=0)
    number = fitted(NUMBERS, recipe=plain)
    kind = fitted(CLASSES, np.array(["no", "yes"]), plain)
    assert (number.model.network.output, kind.model.network.output) == ("identity", "softmax")
    assert (number.model.network.layer_sizes[-1], kind.model.network.layer_sizes[-1]) == (1, 2)
    assert number.model.target_scaling is not None
    assert kind.model.target_scaling is None
    for found in (number, kind):
        assert len(found.model.members) == 3
        for weights, member in zip(found.model.members, found.members, strict=True):
            np.testing.assert_array_equal(weights, member.weights)


@pytest.mark.parametrize("submodels", [1, 3])
def test_what_was_trained_becomes_plain_networks(submodels):
    found = fitted(NUMBERS, recipe=replace(RECIPE, submodels=submodels))
    assert found.model.network.layer_sizes == (found.model.encoder.width, 8, 1)
    assert len(found.model.members) == 3 * submodels
    # Each member's part of the model says what the member said of the rows that it held out.
    fold, scaling = folds_of(NUMBERS, 3, 0, False, None), found.model.target_scaling
    each = found.model.member_predictions(frame_of(FRAME)).reshape(3, submodels, -1)
    inside = ((each > scaling.low + 1e-6) & (each < scaling.high - 1e-6)).all(axis=1)
    for number in range(3):
        rows = inside[number] & (fold == number)
        assert rows.sum() > 20
        wanted = scaling.invert(found.held_out[rows])[:, 0]
        np.testing.assert_allclose(each[number].mean(axis=0)[rows], wanted, rtol=1e-4)


def test_each_row_is_predicted_by_the_member_that_had_held_it_out():
    found = fitted(NUMBERS)
    fold = folds_of(NUMBERS, 3, 0, False)
    each = found.model.member_predictions(FRAME)[:, :, 0]
    wanted = each[fold, np.arange(150)]
    scaling = found.model.target_scaling
    np.testing.assert_allclose(scaling.invert(found.held_out)[:, 0], wanted, rtol=1e-4)


def test_rows_that_no_member_held_out_have_nothing_to_say():
    one = fitted(NUMBERS, recipe=Recipe((8,), members=1, folds=3, max_epochs=2))
    fold = folds_of(NUMBERS, 3, 0, False)
    assert np.array_equal(np.isnan(one.held_out[:, 0]), fold != 0)


@pytest.mark.parametrize("members", [1, 2, 3])
def test_the_rows_that_several_members_held_out_calibrate(members):
    recipe = Recipe((8,), members=members, folds=3, max_epochs=5)
    found = fitted(CLASSES, np.array([0, 1]), recipe)
    seen = ~np.isnan(found.held_out[:, 0])
    wanted = fit_temperature(found.held_out[seen], CLASSES[seen]) if members > 1 else 1
    assert found.model.temperature == wanted
    assert (wanted == 1) == (members == 1)


def test_the_task_of_a_table():
    frame = frame_of(FRAME)
    assert TrainingTable(frame, NUMBERS).task == "number"
    assert TrainingTable(frame, CLASSES, np.array([0, 1])).task == "class"
