"""Where panels lie: every number once, units in whole chunks, blocks without overlaps."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.panels import AT, END, PANEL, START, STOP
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network import layout
from fastavg.networks.column_panels import NEURONS, UNIT_WITH_BIASES, column_panels
from fastavg.networks.network import Network

NETWORKS = [
    Network((784, 256, 128, 10)), Network((5, 33, 7, 3), "tanh"), Network((9, 80, 65, 2), "silu"),
    Network((3, 200)),
]


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_units_follow_each_other_in_whole_chunks(network):
    panels = column_panels(network, 7, "float32")
    units = panels.units
    assert (units[:, [AT, END]] % CHUNK == 0).all()
    assert units[0, AT] == 0
    assert (units[1:, AT] == units[:-1, END]).all()
    assert units[-1, END] == panels.size
    assert (units[:, END] - units[:, AT] <= UNIT_WITH_BIASES).all()
    for index, panel in enumerate(panels.table):
        own = units[units[:, PANEL] == index]
        assert own[0, START] == 0
        assert own[-1, STOP] == panel[layout.FAN_IN]
        assert (own[1:, START] == own[:-1, STOP]).all()
        assert (own[:, AT] == panel[layout.W_AT] + own[:, START] * panel[layout.W_LD]).all()


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_panels_of_a_layer_have_the_same_rows_in_their_units(network):
    panels = column_panels(network, 7, "float32")
    for low, high in zip(panels.first[:-1], panels.first[1:], strict=True):
        units = [panels.units[panels.units[:, PANEL] == p] for p in range(low, high)]
        rows = [each[:, [START, STOP]] for each in units]
        assert all((each == rows[0]).all() for each in rows)


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_every_weight_is_in_one_panel(network):
    panels = column_panels(network, 7, "float32")
    for table, size in ((panels.dense, network.n_weights), (panels.table, panels.size)):
        seen = np.zeros(size, int)
        for panel in table:
            n = panel[layout.FAN_OUT]
            assert n <= NEURONS
            for row in range(panel[layout.FAN_IN]):
                at = panel[layout.W_AT] + row * panel[layout.W_LD]
                seen[at : at + n] += 1
            seen[panel[layout.B_AT] : panel[layout.B_AT] + n] += 1
        assert seen.max() == 1
        assert seen.sum() == network.n_weights
    lengths = panels.pieces.table[:, 1]
    assert panels.size - NEURONS * len(panels.table) * 8 <= lengths.sum() <= panels.size


@pytest.mark.parametrize("network", NETWORKS, ids=repr)
def test_outputs_derivatives_and_errors_have_places_of_their_own(network):
    rows = 7
    panels = column_panels(network, rows, "float32")
    seen = np.zeros(panels.block, int)
    for layer in panels.layers:
        for at in {int(layer[column]) for column in (
            layout.OUT_AT, layout.KEPT_AT, layout.ERROR
        )}:
            seen[at : at + rows * layer[layout.OUT_LD]] += 1
    assert (seen == 1).all()
    assert (panels.layers[1:, layout.IN_AT] == panels.layers[:-1, layout.OUT_AT]).all()
