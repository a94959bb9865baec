"""Memory for the operands of bfloat16 products, and where it stands in the layer table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network import layout

CACHE_LINE = 64


class _Memory:
    """Pieces of one block that start on cache lines, asked for first and made at the end."""

    def __init__(self) -> None:
        self._wanted: list[tuple[NDArray[np.int64], int, int]] = []
        self._end = 0

    def piece(self, size: int) -> int:
        """Room for ``size`` bytes, a multiple of a cache line; where it begins in the block."""
        self._end += size
        return self._end - size

    def put(self, layer: NDArray[np.int64], columns: tuple[int, int], at: int, ld: int) -> None:
        """Let two columns of a layer hold a piece's address and the distance of its rows."""
        self._wanted.append((layer, columns[0], at))
        layer[columns[1]] = ld

    def made(self) -> NDArray[np.uint8]:
        """The block, with every address filled in."""
        block = np.zeros(self._end + CACHE_LINE, np.uint8)
        start = -(-block.ctypes.data // CACHE_LINE) * CACHE_LINE
        for layer, column, at in self._wanted:
            layer[column] = start + at
        return block


def add_operands(table: NDArray[np.int64], rows: int) -> NDArray[np.uint8]:
    """Fill in a table's columns of packed operands.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read; changed in place.
    rows : int
        The most rows of one batch.

    Returns
    -------
    uint8 array
        The zeroed memory that the table points to; it must live as long as the table is used.
    """
    from fastavg.kernels.vectorized.bfloat16_forms import PAIR_LANES, panel_bytes, row_bytes

    memory = _Memory()
    # A transposition takes 32 rows at once.
    high = _upward(rows, PAIR_LANES)
    # One layer's error is used up before the next one's comes.
    error = memory.piece(max(high * row_bytes(int(n)) for n in table[:, layout.FAN_OUT]))
    panels = memory.piece(max(_panels(rows, int(n)) for n in table[:, layout.FAN_OUT]))
    for index, layer in enumerate(table):
        fan_in, fan_out = int(layer[layout.FAN_IN]), int(layer[layout.FAN_OUT])
        forms = [
            ((layout.INPUT, layout.INPUT_LD), high * row_bytes(fan_in), row_bytes(fan_in)),
            (
                (layout.TURNED_INPUT, layout.TURNED_INPUT_LD),
                _upward(fan_in, PAIR_LANES) * row_bytes(high), row_bytes(high),
            ),
            ((layout.WEIGHTS, layout.WEIGHTS_LD), _panels(fan_in, fan_out), panel_bytes(fan_in)),
        ]
        if index:
            forms.append((
                (layout.TURNED_WEIGHTS, layout.TURNED_WEIGHTS_LD),
                _panels(fan_out, fan_in), panel_bytes(fan_out),
            ))
        for columns, size, ld in forms:
            memory.put(layer, columns, memory.piece(size), ld)
        memory.put(layer, (layout.ERROR, layout.ERROR_LD), error, row_bytes(fan_out))
        memory.put(
            layer, (layout.ERROR_PANELS, layout.ERROR_PANELS_LD), panels, panel_bytes(rows)
        )
    return memory.made()


def _panels(rows: int, columns: int) -> int:
    from fastavg.kernels.vectorized.bfloat16_forms import PANEL, panel_bytes

    return -(-columns // PANEL) * panel_bytes(rows)


def _upward(size: int, step: int) -> int:
    return -(-size // step) * step
