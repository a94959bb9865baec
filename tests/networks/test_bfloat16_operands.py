"""Room for packed operands: aligned, apart from each other, as large as they are used."""

import itertools

import numpy as np

from fastavg.kernels.network import layout
from fastavg.kernels.vectorized.bfloat16_forms import panel_bytes, row_bytes
from fastavg.networks.bfloat16_operands import add_operands

# Fan-in and fan-out of layers whose sizes are just below, at and above whole vectors.
SHAPES = [(5, 64), (64, 65), (65, 31), (31, 1)]


def test_operands_lie_on_cache_lines_and_apart():
    rows = 33
    table = np.zeros((len(SHAPES), layout.COLUMNS), np.int64)
    table[:, [layout.FAN_IN, layout.FAN_OUT]] = SHAPES
    memory = add_operands(table, rows)
    spans = set()
    for index, (layer, (fan_in, fan_out)) in enumerate(zip(table, SHAPES, strict=True)):
        panels = -(-fan_out // 64)
        sizes = {
            layout.INPUT: 64 * row_bytes(fan_in),
            layout.TURNED_INPUT: fan_in * row_bytes(64),
            layout.WEIGHTS: panels * panel_bytes(fan_in),
            layout.ERROR: 64 * row_bytes(fan_out),
            layout.ERROR_PANELS: panels * panel_bytes(rows),
        }
        if index:
            sizes[layout.TURNED_WEIGHTS] = -(-fan_in // 64) * panel_bytes(fan_out)
        else:
            assert layer[layout.TURNED_WEIGHTS] == 0
        for column, size in sizes.items():
            assert layer[column] % 64 == 0
            assert layer[column + 1] % 64 == 0
            shared = column in (layout.ERROR, layout.ERROR_PANELS)
            spans.add((int(layer[column]), 1 if shared else size))
    ordered = sorted(spans)
    assert all(a + size <= b for (a, size), (b, _) in itertools.pairwise(ordered))
    start = memory.ctypes.data
    assert start <= ordered[0][0]
    assert ordered[-1][0] + ordered[-1][1] <= start + memory.nbytes


def test_rows_are_an_odd_number_of_cache_lines_apart():
    lines = [row_bytes(columns) // 64 for columns in (1, 32, 33, 64, 65, 1024)]
    assert lines == [1, 1, 3, 3, 3, 33]
