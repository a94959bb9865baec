"""Packed bfloat16 operands in arrays, for the tests of what packs them and of their products."""

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.bfloat16_forms import (
    PANEL,
    clear_row,
    panel_bytes,
    row_bytes,
    to_panels,
    to_panels_and_rows,
    to_panels_both_ways,
    to_rows,
    turn_rows,
)
from fastavg.networks.aligned import aligned


@kernel(cached=False)
def pack_left(source, rows, columns, target, ld):
    """Rows of float32 as a left operand, with a row of zeros behind them."""
    to_rows(address_of(source), 4 * source.shape[1], rows, columns, address_of(target), ld)
    clear_row(columns, address_of(target) + rows * ld)


@kernel(cached=False)
def turn_left(source, ld, rows, columns, target, target_ld):
    """A left operand transposed."""
    turn_rows(address_of(source), ld, rows, columns, address_of(target), target_ld)


@kernel(cached=False)
def pack_right(source, first, stop, rows, columns, target, distance):
    """Rows of float32 as a right operand."""
    to_panels(
        address_of(source), 4 * source.shape[1], first, stop, rows, columns, address_of(target),
        distance,
    )


@kernel(cached=False)
def pack_both_ways(source, first, stop, rows, columns, target, distance, turned, turned_distance):
    """Rows of float32 as a right operand, and their transpose as another."""
    to_panels_both_ways(
        address_of(source), 4 * source.shape[1], first, stop, rows, columns, address_of(target),
        distance, address_of(turned), turned_distance,
    )


@kernel(cached=False)
def pack_with_rows(source, rows, columns, target, distance, left, ld):
    """Rows of float32 as a right and as a left operand."""
    to_panels_and_rows(
        address_of(source), 4 * source.shape[1], rows, columns, address_of(target), distance,
        address_of(left), ld,
    )


def left_memory(rows, columns):
    """Room for a left operand, full of NaN: what is not written must not be read."""
    memory = aligned((rows // 32 + 2) * 32 * row_bytes(columns) // 4, "float32")
    memory[:] = np.nan
    return memory


def right_memory(rows, columns):
    memory = aligned(-(-columns // PANEL) * panel_bytes(rows) // 4, "float32")
    memory[:] = np.nan
    return memory


def gapped(random, rows, columns, gap=3):
    memory = np.full((rows, columns + gap), np.nan, np.float32)
    memory[:, :columns] = random.normal(0, 1, (rows, columns))
    return memory, memory[:, :columns]
