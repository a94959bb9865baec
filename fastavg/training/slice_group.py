"""The memory in which the slices of one worker's network meet, beside the slots.

.. code-block:: text

    for each worker: words of a barrier | begun, a word for each slice | blocks | parts of errors
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.barrier import LINE, WORDS
from fastavg.kernels.network.layout import stride
from fastavg.networks.layer_slices import LayerSlice
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan

BYTES = 64


class SliceGroup(NamedTuple):
    """The views of one worker's memory.

    Parameters
    ----------
    words : array (WORDS,) of int32
        Of the barrier.
    begun : array (slices * LINE,) of int32
        Not zero at ``LINE * s``: slice s of this attempt has been begun.
    shared : array of the dtype
        Blocks of inputs and outputs.
    parts : array (2, slices, rows, widest) of the dtype
        Parts of errors.
    """

    words: NDArray[np.int32]
    begun: NDArray[np.int32]
    shared: NDArray[np.floating]
    parts: NDArray[np.floating]


def group_of(
    memory: NDArray[np.uint8], network: Network, plan: Plan, slices: int, slot: int
) -> SliceGroup:
    """The group of a worker.

    Parameters
    ----------
    memory : array of uint8
        Beside the slots; :func:`group_bytes` for each worker of this rank.
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the most rows of a batch.
    slices : int
        Slices of the network.
    slot : int
        Which worker of this rank, from 0.
    """
    size = group_bytes(network, plan, slices)
    own = memory[slot * size : (slot + 1) * size]
    words, shared, rows, widest = _form(network, plan, slices)
    head = own[: 4 * words].view(np.int32)
    numbers: NDArray[np.floating] = own[4 * words :].view(plan.dtype)
    parts = numbers[shared : shared + 2 * slices * rows * widest]
    return SliceGroup(
        head[:WORDS], head[WORDS:], numbers[:shared], parts.reshape(2, slices, rows, widest)
    )


def group_bytes(network: Network, plan: Plan, slices: int) -> int:
    """Bytes of the memory of one worker's slices.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        Gives the dtype and the most rows of a batch.
    slices : int
        Slices of the network.
    """
    words, shared, rows, widest = _form(network, plan, slices)
    size = 4 * words + (shared + 2 * slices * rows * widest) * plan.numpy_dtype.itemsize
    return -(-size // BYTES) * BYTES


def _form(network: Network, plan: Plan, slices: int) -> tuple[int, int, int, int]:
    rows = int(plan.batch_size)
    shared = LayerSlice(network, rows, 0, slices, plan.dtype).shared_size
    widest = max(map(stride, network.layer_sizes[1:]))
    return WORDS + slices * LINE, shared, rows, widest
