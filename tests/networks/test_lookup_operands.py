"""Memory of a first layer that is looked up: where the layer table says it is."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network import layout
from fastavg.kernels.tabular.lookups import INPUTS_AT, LOOKUPS_AT, N_LOOKUPS, SPREAD_AT, SPREAD_LD
from fastavg.networks.lookup_operands import add_lookups
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from tests.kernels.tabular.compact import LOOKUPS, WIDTH


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_addresses_and_sizes(dtype, training):
    space = Workspace(Network((WIDTH, 20, 2)), 8, dtype, training=training)
    layer = space.layers[0]
    made = add_lookups(layer, LOOKUPS, space.scratch.blocks, training)
    assert made.spread.size == (WIDTH * layer[SPREAD_LD] if training else 0)
    assert layer[SPREAD_LD] % layout.LINE == 0
    assert layer[SPREAD_LD] >= 20
    assert made.spread.dtype == dtype
    assert layer[LOOKUPS_AT] == made.lookups.ctypes.data
    assert layer[N_LOOKUPS] == len(LOOKUPS)
    assert layer[INPUTS_AT] == space.scratch.blocks.ctypes.data
    assert not training or layer[SPREAD_AT] == made.spread.ctypes.data
    np.testing.assert_array_equal(made.lookups, LOOKUPS)
