from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.experiments import paper
from fastavg.experiments.protocol import Column, Protocol, split_rows
from fastavg.plan.profiles import paper as paper_preset
from fastavg.plan.profiles import preset_name
from fastavg.solvers import Adam, ConjugateGradient


def test_the_defaults_are_the_papers():
    protocol = Protocol()
    assert (protocol.splits, protocol.workers, protocol.epochs) == (10, (2, 4, 8), paper.EPOCHS)
    assert [column.title for column in protocol.columns] == [
        "Sequential", "Parallel (2)", "Parallel (4)", "Parallel (8)", "Derivatives (4)",
        "Symmetric start",
    ]
    plan = protocol.plan(Column("model", 8), 3, 3500)
    assert plan == paper_preset(workers=8, seed=3).plan
    assert isinstance(plan.solver, ConjugateGradient)
    assert (plan.regularization.l2, plan.init) == (0.6987, "uniform(0, 1)")
    assert (plan.average_every, plan.epochs) == (5, 500)
    assert plan.sampler(3500).sample_rows == 3150
    assert plan.n_rounds == 100
    network = protocol.network(400, 10)
    assert (network.layer_sizes, network.activation, network.output) == (
        (400, 25, 10), "logistic", "logistic"
    )


def test_the_symmetric_start_changes_start_and_solver_and_nothing_of_the_penalty():
    protocol = Protocol()
    plain, symmetric = (protocol.plan(column, 0, 3500) for column in (
        Column("model", 1), Column("symmetric", 1)
    ))
    assert isinstance(symmetric.solver, Adam)
    assert symmetric.init == "glorot"
    assert symmetric.regularization.l2 / 32 == pytest.approx(plain.regularization.l2 / 3150)


def test_splits_are_70_to_30_and_keyed_by_their_number():
    training, test = split_rows(5000, 4)
    again, _ = split_rows(5000, 4)
    other, _ = split_rows(5000, 5)
    assert (len(training), len(test)) == (3500, 1500)
    assert sorted([*training, *test]) == list(range(5000))
    assert np.array_equal(training, again)
    assert not np.array_equal(training, other)


def test_starts_are_keyed_by_the_split_and_lie_between_0_and_1():
    protocol = Protocol()
    network = protocol.network(400, 10)
    start = network.initial_weights(2, protocol.plan(Column("model", 4), 2, 100).init)
    assert 0 <= start.min() < 0.01 < 0.99 < start.max() <= 1


@pytest.mark.parametrize("wrong", [
    {"splits": 0}, {"workers": (1, 2)}, {"workers": (2, 2)}, {"workers": ()},
    {"epochs": (100, 98)}, {"epochs": (7,)}, {"epochs": ()}, {"epochs": (200, 100)},
    {"dtype": "float16"}, {"hidden": (0,)},
])
def test_impossible_values_are_refused(wrong):
    with pytest.raises(ConfigError):
        Protocol(**wrong)


def test_an_unknown_preset_names_the_known():
    with pytest.raises(ConfigError, match="preset 'papper' is unknown; choose paper"):
        preset_name("papper")
