"""Slices of a network: some neurons of every layer, with their weights in a vector of their own.

.. code-block:: text

    shared    input of every slice | outputs of layer 0, 1, ... | derivatives of called layers
    slice s   writes columns low to stop of each output block, and reads all columns
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.blocks.segments import part_of
from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import lined, stride
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from fastavg.networks.network import Network
from fastavg.networks.workspace import activation_address, dense_table

# Layers with so many neurons for each slice are cut between cache lines.
WIDE = 4 * layout.LINE
Table = NDArray[np.int64]


def cuts(fan_out: int, slices: int) -> list[int]:
    """Where a layer is cut: slice s has the neurons from ``cuts[s]`` to before ``cuts[s + 1]``.

    Parameters
    ----------
    fan_out : int
        Neurons of the layer.
    slices : int
        Slices of the network.

    Examples
    --------
    >>> cuts(10, 3), cuts(300, 2)
    ([0, 3, 6, 10], [0, 144, 300])
    """
    unit = layout.LINE if fan_out >= WIDE * slices else 1
    units = -(-fan_out // unit)
    return [min(part_of(s, slices, units)[0] * unit, fan_out) for s in range(slices)] + [fan_out]


class LayerSlice:
    """One slice's tables.

    Parameters
    ----------
    network : Network
        The whole network.
    rows : int
        The most rows of a batch.
    member : int
        Which slice, from 0.
    slices : int
        How many.
    dtype : dtype
        float32 or float64.

    Attributes
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The slice's table: its weights in a vector of their own, its blocks in shared memory.
    view : array (n_layers, COLUMNS) of int64
        Where the same weights lie in the whole network's vector.
    lows : array (n_layers,) of int64
        The first of its neurons in every layer.
    size : int
        Numbers of its weight vector.
    shared_size : int
        Numbers of the blocks of all slices.
    """

    def __init__(
        self, network: Network, rows: int, member: int, slices: int, dtype: DTypeLike
    ) -> None:
        self.layers = np.zeros((len(network.shapes), layout.COLUMNS), np.int64)
        self.view, self.lows = dense_table(network), np.zeros(len(network.shapes), np.int64)
        in_ld = stride(network.layer_sizes[0])
        in_at, block, weight = member * rows * in_ld, slices * rows * in_ld, 0
        for index, (fan_in, fan_out) in enumerate(network.shapes):
            low, stop = cuts(fan_out, slices)[member : member + 2]
            n, out_ld = stop - low, stride(fan_out)
            ld, activation = max(stride(n), layout.LINE), network.activations[index]
            bias = weight + fan_in * ld
            self.layers[index, : layout.PRODUCTS_AT] = (
                fan_in, n, n,
                ACTIVATIONS[activation].code if isinstance(activation, str) else CALLED,
                weight, ld, bias, in_at, in_ld, block + low, out_ld, block + low, 0,
            )
            self.lows[index] = low
            self.view[index, layout.FAN_OUT] = n
            self.view[index, layout.W_AT] += low
            self.view[index, layout.B_AT] += low
            weight, in_at, in_ld = lined(bias + n), block, out_ld
            self.out_at = block
            block += rows * out_ld
        for index, row in enumerate(self.layers):
            if row[layout.ACTIVATION] == CALLED:
                row[layout.CALLED_AT] = activation_address(network.activations[index], dtype)
                row[layout.KEPT_AT] = block + self.lows[index]
                block += rows * int(row[layout.OUT_LD])
        self.size, self.shared_size = weight, block
