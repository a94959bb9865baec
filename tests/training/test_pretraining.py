"""Layer-wise pre-training: hidden layers that were trained in smaller networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import Execution, Network, Plan, train
from fastavg.data.rows import Rows
from fastavg.training.pretraining import pretrained
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.communicators.ranks import on_ranks

NETWORK = Network((5, 7, 6, 4, 3), ("tanh", "relu", "tanh"))
PLAN = Plan(workers=2, epochs=2, average_every=0.5, batch_size=8, pretraining=0.5, seed=3)
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 3, 80)
ROWS = Rows(
    RANDOM.random((80, 5), "f4"), LABELS[:, None].astype("f4"), np.zeros(0, "f4")
)


def start_of(network=NETWORK, plan=PLAN, **execution):
    return pretrained(network, plan, ROWS, Execution(**execution), train_run)


def test_all_hidden_layers_but_the_last_are_trained():
    first = NETWORK.initial_weights(3, PLAN.init, "float32")
    same = [
        np.array_equal(W, own) for (W, _), (own, _) in
        zip(NETWORK.views(start_of()), NETWORK.views(first), strict=True)
    ]
    assert same == [False, False, True, True]


def test_the_first_layer_is_that_of_a_network_with_one_hidden_layer_and_moves_on():
    two, small = Network((5, 7, 6, 3), "tanh"), Network((5, 7, 3), "tanh")
    first, whole = (
        each.initial_weights(3, PLAN.init, "float32") for each in (small, two)
    )
    for mine, other in zip(small.views(first)[0], two.views(whole)[0], strict=True):
        mine[:] = other
    plan = replace(PLAN, epochs=0.5, pretraining=0)
    trained = train_run_from(small, plan, first)
    np.testing.assert_array_equal(
        small.views(trained)[0][0], two.views(start_of(two))[0][0]
    )


def test_factors_of_units_move_on_with_their_layer():
    network = Network((5, 7, 6, 3), "parametric_relu")
    start = start_of(network)
    (*_, trained), (*_, drawn), _ = network.parts(start)
    assert trained.all()
    assert not drawn.any()


def train_run_from(network, plan, start):
    return train_run(Run(network, plan, ROWS, start), Execution(1))


def test_a_network_with_one_hidden_layer_has_nothing_to_be_trained_before():
    small = Network((5, 7, 3), "tanh")
    np.testing.assert_array_equal(
        start_of(small), small.initial_weights(3, PLAN.init, "float32")
    )


@pytest.mark.parametrize("processes", [1, 2])
def test_training_begins_there_with_the_same_bits_for_any_number(processes):
    alone = train(NETWORK, ROWS.X, LABELS, PLAN, execution=Execution(1)).weights
    expected = train_run_from(NETWORK, replace(PLAN, pretraining=0), start_of())
    np.testing.assert_array_equal(alone, expected)
    found = train(NETWORK, ROWS.X, LABELS, PLAN, execution=Execution(processes)).weights
    np.testing.assert_array_equal(found, alone)
    for each in on_ranks(2, lambda ranks: train(
        NETWORK, ROWS.X, LABELS, PLAN, execution=Execution(1, ranks)
    ).weights):
        np.testing.assert_array_equal(each, alone)
