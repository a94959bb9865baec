"""Members: each depends on its number alone, and on the rows that it does not hold out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import Execution, Network
from fastavg.data.rows import Rows
from fastavg.estimators.tabular.members import (
    EncodedRows,
    evenness,
    plan_of,
    train_members,
)
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.training.observers.events import Observer, Validated
from tests.models.tables import answers, classifier, regressor, table

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(120, 3)).astype("f4")
ROWS = EncodedRows(
    Rows(X, (X[:, :1] > 0).astype("f4"), np.zeros(0, "f4")), np.arange(120) % 3
)
NETWORK = Network((3, 5, 2), "relu", "softmax")
RECIPE = Recipe((5,), members=3, folds=3, max_epochs=4)


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


def test_a_member_does_not_depend_on_how_many_there_are():
    three = train_members(NETWORK, ROWS, RECIPE, 1, Execution(1))
    two = train_members(NETWORK, ROWS, replace(RECIPE, members=2), 1, Execution(2))
    for member, same in zip(two, three, strict=False):
        np.testing.assert_array_equal(member.weights, same.weights)
        assert member.losses == same.losses
    assert not np.array_equal(three[0].weights, three[1].weights)


def test_a_member_is_kept_from_its_best_epoch():
    for member in train_members(NETWORK, ROWS, RECIPE, 1, Execution(1)):
        assert len(member.losses) == 4
        assert member.loss == min(member.losses) == member.losses[int(member.epoch) - 1]


def test_held_out_rows_teach_nothing():
    right = ROWS.rows
    wrong = right.Y.copy()
    wrong[ROWS.fold == 0] = 1 - wrong[ROWS.fold == 0]
    # All epochs but the first can be better or worse by other held-out targets.
    once = replace(RECIPE, members=1, max_epochs=1)
    first, other = (
        train_members(NETWORK, replace(ROWS, rows=replace(right, Y=Y)), once, 1, Execution(1))[0]
        for Y in (right.Y, wrong)
    )
    np.testing.assert_array_equal(first.weights, other.weights)
    assert first.loss != other.loss


def test_a_run_that_was_ended_goes_on_to_the_same_weights(tmp_path):
    longer = replace(RECIPE, max_epochs=8, patience=8)
    whole = train_members(NETWORK, ROWS, longer, 1, Execution(1))

    class End(Observer):
        def on_event(self, event):
            # Of the second member's third epoch.
            if isinstance(event, Validated) and (event.member, event.epoch) == (1, 3):
                raise KeyboardInterrupt

    kept = Execution(1, checkpoint=tmp_path / "run", checkpoint_every=1, resume="auto")
    with pytest.raises(KeyboardInterrupt):
        train_members(NETWORK, ROWS, longer, 1, replace(kept, observers=(End(),)))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.0", "run.1"]
    again = train_members(NETWORK, ROWS, longer, 1, replace(kept, processes=2))
    for member, same in zip(again, whole, strict=True):
        np.testing.assert_array_equal(member.weights, same.weights)
        assert (member.losses, member.epoch) == (same.losses, same.epoch)


@pytest.mark.parametrize(("counts", "found"), [
    ([5, 5], 1), ([4, 4, 4], 1), ([9, 1], 0.36), ([7], 0),
])
def test_evenness(counts, found):
    assert evenness(np.repeat(np.arange(len(counts)), counts)) == pytest.approx(found)


def test_the_workers_of_a_member_share_its_steps():
    alone, shared = (plan_of(replace(RECIPE, workers=workers), 1000, 3) for workers in (1, 4))
    assert alone.batch_size == 4 * shared.batch_size
    assert shared.solver.learning_rate == pytest.approx(2 * alone.solver.learning_rate)
    assert plan_of(replace(RECIPE, workers=9), 4, 3).workers == 4
