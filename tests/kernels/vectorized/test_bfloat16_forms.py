"""Where the packed forms put every number, against NumPy's own rearrangement."""

import numpy as np
import pytest

from fastavg.kernels.vectorized.bfloat16_forms import (
    PANEL,
    panel_bytes,
    panel_vectors,
    row_bytes,
)
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from tests import oracles
from tests.kernels.vectorized.packed import (
    gapped,
    left_memory,
    pack_both_ways,
    pack_left,
    pack_right,
    pack_with_rows,
    right_memory,
    turn_left,
)

SHAPES = [(1, 1), (2, 5), (7, 16), (17, 33), (33, 64), (50, 70), (64, 129), (130, 150)]
needs_bfloat16 = pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)


def bits(x):
    """The upper halves of the numbers, rounded to bfloat16."""
    return (oracles.bfloat16(x).astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def rows_of(memory, rows, columns):
    """A left operand as a matrix of bits."""
    ld = row_bytes(columns) // 2
    return memory.view(np.uint16)[: rows * ld].reshape(rows, ld)


def in_panels(x):
    """The panels of a matrix, and which of their words hold numbers of it."""
    rows, columns = x.shape
    size = panel_bytes(rows) // 2
    words = np.zeros((-(-columns // PANEL), size), np.uint16)
    numbers = np.zeros_like(words, bool)
    for panel, first in enumerate(range(0, columns, PANEL)):
        part = bits(x[:, first : first + PANEL])
        width = -(-part.shape[1] // 16) * 16
        for row in range(rows):
            for column in range(part.shape[1]):
                place = (row // 2 * width + column) * 2 + row % 2
                words[panel, place] = part[row, column]
                numbers[panel, place] = True
    return words, numbers


def same_panels(memory, x):
    words, numbers = in_panels(x)
    got = memory.view(np.uint16)[: words.size].reshape(words.shape)
    assert np.array_equal(got[numbers], words[numbers])


@needs_bfloat16
@pytest.mark.parametrize("shape", SHAPES)
def test_rows_hold_neighbours_side_by_side_and_end_in_zeros(shape):
    rows, columns = shape
    source, x = gapped(np.random.default_rng(rows), rows, columns)
    memory = left_memory(rows, columns)
    pack_left(source, rows, columns, memory, row_bytes(columns))
    got = rows_of(memory, rows + 1, columns)
    assert np.array_equal(got[:rows, :columns], bits(x))
    # The rest of the last vector of a row, and the row of zeros behind the last one.
    assert not got[:, columns : -(-columns // 32) * 32].any()
    assert not got[rows, :columns].any()


@needs_bfloat16
@pytest.mark.parametrize("shape", SHAPES)
def test_turned_rows_are_the_transpose(shape):
    rows, columns = shape
    source, x = gapped(np.random.default_rng(rows), rows, columns)
    memory, turned = left_memory(rows, columns), left_memory(columns, rows)
    pack_left(source, rows, columns, memory, row_bytes(columns))
    across = -(-rows // 32) * 32
    turn_left(memory, row_bytes(columns), rows, columns, turned, row_bytes(across))
    assert np.array_equal(rows_of(turned, columns, across)[:, :rows], bits(x).T)


@needs_bfloat16
@pytest.mark.parametrize("shape", SHAPES)
def test_panels_hold_pairs_of_rows_side_by_side(shape):
    rows, columns = shape
    source, x = gapped(np.random.default_rng(rows), rows, columns)
    alone, parts, both = (right_memory(rows, columns) for _ in "123")
    turned, beside = right_memory(columns, rows), left_memory(rows, columns)
    distance = panel_bytes(rows)
    pack_right(source, 0, rows, rows, columns, alone, distance)
    same_panels(alone, x)
    # Some rows at a time, as after an update, and the transpose with them.
    for first in range(0, rows, 32):
        pack_both_ways(
            source, first, min(first + 32, rows), rows, columns, parts, distance, turned,
            panel_bytes(columns),
        )
    same_panels(parts, x)
    same_panels(turned, x.T)
    pack_with_rows(source, rows, columns, both, distance, beside, row_bytes(columns))
    same_panels(both, x)
    assert np.array_equal(rows_of(beside, rows, columns)[:, :columns], bits(x))


def test_rows_are_an_odd_number_of_cache_lines_apart():
    for columns in (1, 32, 33, 64, 65, 1024):
        lines, rest = divmod(row_bytes(columns), 64)
        assert (rest, lines % 2) == (0, 1)
        assert 32 * lines >= columns


def test_panels_have_room_for_whole_transpositions():
    assert [panel_bytes(rows) for rows in (1, 32, 33)] == [4096, 4096, 8192]


def test_a_last_panel_is_as_wide_as_it_must_be():
    assert [panel_vectors(columns) for columns in (1, 16, 17, 48, 63, 64, 200)] == [
        1, 1, 2, 3, 4, 4, 4,
    ]
