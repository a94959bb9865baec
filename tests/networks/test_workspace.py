"""Workspaces: aligned, without overlaps, and as large as their kernels need."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fastavg.kernels.network import layout
from fastavg.losses import Huber
from fastavg.networks.activation_table import CALLED
from fastavg.networks.network import Network
from fastavg.networks.workspace import (
    Workspace,
    activation_address,
    dense_table,
    prediction_table,
)

NETWORKS = [
    Network((3, 2)), Network((5, 7, 3), "tanh"), Network((70, 33, 17, 4), ("gelu", "relu")),
]


def blocks_of(table, rows):
    """(start, stop) of every block of outputs, of the input, and of kept derivatives."""
    found = [(table[0, layout.IN_AT], table[0, layout.IN_AT] + rows * table[0, layout.IN_LD])]
    for layer in table:
        size = rows * layer[layout.OUT_LD]
        found += [(place, place + size)
                  for place in {int(layer[layout.OUT_AT]), int(layer[layout.KEPT_AT])}]
    return sorted(found)


@pytest.mark.parametrize("network", NETWORKS)
def test_the_dense_table_is_the_public_vector(network):
    vector = np.arange(network.n_weights, dtype="f8")
    for layer, (W, b) in zip(dense_table(network), network.views(vector), strict=True):
        assert layer[layout.W_AT] == W[0, 0]
        assert layer[layout.B_AT] == b[0]
        assert layer[layout.W_LD] == W.shape[1]
        assert (layer[layout.FAN_IN], layer[layout.FAN_OUT]) == W.shape


@pytest.mark.parametrize("dropout", [(), (0.5, 0.5)])
@pytest.mark.parametrize("rows", [1, 8, 33])
@pytest.mark.parametrize("network", NETWORKS)
def test_blocks_and_weights_do_not_overlap_and_have_room(network, rows, dropout):
    space = Workspace(network, rows, "float32", 2, dropped=dropout)
    blocks = blocks_of(space.back, rows)
    assert all(stop <= start for (_, stop), (start, _) in itertools.pairwise(blocks))
    assert blocks[-1][1] <= space.scratch.blocks.size
    ends = 0
    for layer in space.layers:
        assert layer[layout.W_AT] >= ends
        assert layer[layout.B_AT] >= layer[layout.W_AT] + layer[layout.FAN_IN] * layer[layout.W_LD]
        ends = layer[layout.B_AT] + layer[layout.FAN_OUT]
    assert ends <= space.theta.size
    assert space.state.shape == (2, space.theta.size)
    assert space.scratch.ones.tolist() == [1] * rows


def test_prediction_leaves_out_what_only_training_needs():
    network = Network((20, 30, 30, 2), "gelu")
    training = Workspace(network, 16, "float32")
    predicting = Workspace(network, 16, "float32", training=False)
    assert predicting.scratch.blocks.size < training.scratch.blocks.size


def test_called_activations_have_their_address():
    network = Network((4, 5, 6, 2), ("silu", "tanh"))
    for table in (Workspace(network, 3, "float64").layers, prediction_table(network, 3, "float64")):
        assert table[0, layout.ACTIVATION] == CALLED
        assert table[0, layout.CALLED_AT] == activation_address("silu", "float64")
        assert table[1, layout.ACTIVATION] != CALLED
        assert table[1, layout.CALLED_AT] == 0


def test_the_loss_and_its_settings():
    space = Workspace(Network((2, 1), output="identity"), 4, "float32", loss=Huber(0.3))
    assert space.loss == Huber(0.3).code("identity", "float32")
    assert space.scratch.settings.tolist() == [0.3]
    assert Workspace(Network((2, 1), output="identity"), 4, "float32").loss == 2
