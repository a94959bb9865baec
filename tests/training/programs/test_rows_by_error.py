"""Rows drawn by error in training: their losses, the same bits, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastavg import ConfigError, Network, Plan, train
from fastavg.data.emphasis import Emphasis
from fastavg.data.rows import Rows
from fastavg.data.sampling import Batches
from fastavg.kernels.network.packing import repack
from fastavg.losses import CrossEntropy
from fastavg.models.model import Model
from fastavg.networks.workspace import Workspace
from fastavg.training.programs.contract import Order
from fastavg.training.programs.rows_by_error import by_error, losses_of
from fastavg.training.run import Run
from tests.communicators.ranks import on_ranks
from tests.training.runs import data_for, first_weights, train_rounds

NETWORK = Network((5, 7, 3), "gelu")


def test_losses_are_those_of_the_model():
    plan = Plan(sampling="emphasis", dtype="float64")
    rows, start = data_for(NETWORK, 30, "float64"), first_weights(NETWORK, plan)
    space = Workspace(NETWORK, 8, "float64")
    repack(space.dense, start, space.layers, space.theta)
    chosen = np.arange(3, 29)
    run = Run(NETWORK, plan, rows, start)
    z = Model(NETWORK, start, np.arange(3)).decision(rows.X[chosen])
    np.testing.assert_allclose(
        losses_of(run, space, chosen), CrossEntropy().rows(z, rows.Y[chosen], "softmax"),
        rtol=1e-10,
    )


def test_a_row_that_is_wrong_takes_the_places_of_others():
    network = Network((2, 2))
    Y = np.arange(40.0) % 2
    rows, start = Rows(np.zeros((40, 2)), Y[:, None], np.zeros(0)), np.zeros(6)
    # The biases give class 1 a high chance: rows of class 0 are wrong.
    start[4:] = -5, 5
    plan = Plan(sampling=Emphasis(share=1.0), dtype="float64")
    space = Workspace(network, 8, "float64")
    repack(space.dense, start, space.layers, space.theta)
    batches = Batches(np.arange(40), np.column_stack([np.arange(0, 40, 8), np.full(5, 8)]))
    made = by_error(Run(network, plan, rows, start), space, Order("train", 0, 0, 0, 5), batches)
    assert made.steps is batches.steps
    assert (Y == 0).mean() == 0.5
    assert (Y[made.order] == 0).mean() > 0.95


@pytest.mark.parametrize("workers", [1, 3])
def test_the_same_bits_on_processes_and_ranks(workers):
    plan = Plan(workers=workers, epochs=3, average_every=0.5, batch_size=6, sampling="emphasis")
    rows, start = data_for(NETWORK, 60, "float32"), first_weights(NETWORK, plan)
    alone = train_rounds(NETWORK, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(NETWORK, plan, rows, start, workers), alone)
    if workers == 1:
        return
    for found in on_ranks(
        2, lambda each: train_rounds(NETWORK, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="it goes with local-sgd, not GradientAveraging"):
        Plan(sampling="emphasis", algorithm="gradient-averaging")
    with pytest.raises(ConfigError, match="emphasis, which goes with dense rows, and X is sparse"):
        train(Network((400, 2)), csr_array(np.eye(400)), np.arange(400) % 2, Plan(
            sampling="emphasis",
        ))
