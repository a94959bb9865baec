"""Where the panels of a network lie: weights in a vector, outputs and errors in a block.

Every panel begins a chunk of the vector, and units fill whole chunks: so the chunks of a mean
over workers are those of the units, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.blocks.panels import Panels
from fastavg.kernels.blocks.segments import pieces_of
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import LINE, lined, stride
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from fastavg.networks.network import Network
from fastavg.networks.workspace import activation_address, dense_table

# Neurons of a panel; numbers of a unit, which with its operands stays in the first-level cache,
# and as many more as biases may take; rows that fill whole chunks at any width of a panel.
NEURONS = 64
UNIT = 4096
UNIT_WITH_BIASES = UNIT + CHUNK
STEP_ROWS = CHUNK // LINE


def column_panels(network: Network, rows: int, dtype: DTypeLike) -> Panels:
    """The panels of a network.

    Parameters
    ----------
    network : Network
        The network.
    rows : int
        The most rows of a worker's batch.
    dtype : dtype
        float32 or float64.
    """
    layers, block = _layers(network, rows, dtype)
    table: list[NDArray[np.int64]] = []
    public: list[NDArray[np.int64]] = []
    units: list[tuple[int, int, int, int, int]] = []
    first, first_unit, at = [0], [0], 0
    for layer, dense in zip(layers, dense_table(network), strict=True):
        fan_in, fan_out = int(layer[layout.FAN_IN]), int(layer[layout.FAN_OUT])
        # The same rows in all panels of a layer, so that whole panels are equal shares of units.
        height = _height(fan_out)
        for low in range(0, fan_out, NEURONS):
            n = min(NEURONS, fan_out - low)
            ld, own, theirs = lined(n), layer.copy(), dense.copy()
            own[[layout.OUT_AT, layout.KEPT_AT, layout.ERROR]] += low
            theirs[[layout.W_AT, layout.B_AT]] += low
            own[layout.FAN_OUT] = own[layout.WIDTH] = theirs[layout.FAN_OUT] = n
            own[layout.W_AT], own[layout.W_LD] = at, ld
            own[layout.B_AT] = at + fan_in * ld
            for start in range(0, fan_in, height):
                stop = min(start + height, fan_in)
                end = at + stop * ld
                if stop == fan_in:
                    end += n + -(end + n) % CHUNK
                units.append((len(table), start, stop, at + start * ld, end))
            at = units[-1][-1]
            table.append(own)
            public.append(theirs)
        first.append(len(table))
        first_unit.append(len(units))
    wide, width = np.array(table, np.int64), int(layers[0, layout.IN_LD])
    return Panels(
        layers, wide, np.array(public, np.int64), np.array(first), np.array(units, np.int64),
        np.array(first_unit), pieces_of(wide, at), at, block, width, rows * width,
    )


def input_numbers(panels: Panels) -> int:
    """Numbers of a worker's inputs of a batch, in chunks.

    Parameters
    ----------
    panels : Panels
        Of the network, for the batch's rows.
    """
    return -(-int(panels.layers[0, layout.FAN_IN]) // panels.width) * panels.distance


def _height(fan_out: int) -> int:
    """Rows of the weights of a unit."""
    return max(1, UNIT // lined(min(NEURONS, fan_out)) // STEP_ROWS) * STEP_ROWS


def _layers(network: Network, rows: int, dtype: DTypeLike) -> tuple[NDArray[np.int64], int]:
    """The layers' table, and the numbers of a worker's block."""
    table = dense_table(network)
    inputs, fan_out = network.layer_sizes[:2]
    # A chunk of the inputs is a unit's.
    in_at, in_ld, at = 0, lined(min(inputs, _height(fan_out))), 0
    for layer, activation in zip(table, network.activations, strict=True):
        ld = stride(int(layer[layout.FAN_OUT]))
        layer[layout.IN_AT], layer[layout.IN_LD] = in_at, in_ld
        layer[layout.OUT_AT] = layer[layout.KEPT_AT] = layer[layout.ERROR] = at
        layer[layout.OUT_LD] = layer[layout.ERROR_LD] = in_ld = ld
        in_at, at = at, at + rows * ld
        if isinstance(activation, str) and ACTIVATIONS[activation].code != CALLED:
            continue
        layer[layout.CALLED_AT] = activation_address(activation, dtype)
        layer[layout.KEPT_AT], at = at, at + rows * ld
    # The last layer's error takes the place of its outputs.
    for layer in table[:-1]:
        layer[layout.ERROR], at = at, at + rows * int(layer[layout.OUT_LD])
    return table, at
