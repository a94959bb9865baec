"""Memory for a first layer whose weights are looked up, and where it stands in the layer table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network import layout
from fastavg.kernels.tabular.compact_rows import FIRST, SIZE, numbers_of
from fastavg.networks.aligned import aligned


class LookupOperands(NamedTuple):
    """What the layer table points to; lives as long as the table is used.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers of a compact row stand for inputs.
    spread : array (fan_in * distance,) of float32 or float64
        The gradient of the weights; empty without training.
    """

    lookups: NDArray[np.int64]
    spread: NDArray[np.floating]


def add_lookups(
    layer: NDArray[np.int64], lookups: NDArray[np.int64], blocks: NDArray[np.floating],
    training: bool,
) -> LookupOperands:
    """Fill in the addresses of a first layer whose weights are looked up.

    Its input block's rows move together: they are short, and as far apart as rows of all inputs
    they would lie on more pages than a processor remembers.

    Parameters
    ----------
    layer : array (COLUMNS,) of int64
        The layer's row of the table; changed in place.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        See :mod:`fastavg.kernels.tabular.compact_rows`.
    blocks : array of float32 or float64
        The inputs and outputs of all layers.
    training : bool
        False leaves out the memory for the gradient.

    Returns
    -------
    LookupOperands
        Zeroed memory.
    """
    from fastavg.kernels.tabular.lookups import (
        INPUTS_AT,
        LOOKUPS_AT,
        N_LOOKUPS,
        SPREAD_AT,
        SPREAD_LD,
    )

    table = np.ascontiguousarray(lookups, np.int64)
    assert int(table[-1, FIRST] + table[-1, SIZE]) == layer[layout.FAN_IN]
    kind, _, count, place, *_ = table[-1].tolist()
    layer[layout.IN_LD] = layout.stride(place + numbers_of(kind, count))
    distance = layout.stride(int(layer[layout.FAN_OUT]))
    size = int(layer[layout.FAN_IN]) * distance if training else 0
    made = LookupOperands(table, aligned(size, blocks.dtype))
    layer[LOOKUPS_AT], layer[N_LOOKUPS] = table.ctypes.data, len(table)
    layer[INPUTS_AT] = blocks[layer[layout.IN_AT] :].ctypes.data
    layer[SPREAD_AT], layer[SPREAD_LD] = made.spread.ctypes.data, distance
    return made
