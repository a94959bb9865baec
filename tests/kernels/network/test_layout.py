"""Distances of rows: whole cache lines, and an odd number of them where it matters."""

from __future__ import annotations

import pytest

from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import LINE, lined, stride


@pytest.mark.parametrize("size", range(0, 700, 7))
def test_lined_is_the_next_multiple(size):
    assert lined(size) % LINE == 0
    assert 0 <= lined(size) - size < LINE


@pytest.mark.parametrize("size", range(1, 2000, 13))
def test_stride_has_room_wastes_little_and_is_odd_from_five_lines_on(size):
    assert stride(size) >= size
    assert stride(size) - size < 2 * LINE
    lines, rest = divmod(stride(size), LINE)
    assert rest == 0
    assert lines <= 4 or lines % 2 == 1


def test_columns_of_the_table_do_not_overlap():
    places = [
        layout.FAN_IN, layout.FAN_OUT, layout.WIDTH, layout.ACTIVATION, layout.W_AT, layout.W_LD,
        layout.B_AT, layout.IN_AT, layout.IN_LD, layout.OUT_AT, layout.OUT_LD, layout.KEPT_AT,
        layout.CALLED_AT, layout.PRODUCTS_AT, layout.INPUT, layout.INPUT_LD,
        layout.TURNED_INPUT, layout.TURNED_INPUT_LD, layout.WEIGHTS, layout.WEIGHTS_LD,
        layout.TURNED_WEIGHTS, layout.TURNED_WEIGHTS_LD, layout.ERROR, layout.ERROR_LD,
        layout.ERROR_PANELS, layout.ERROR_PANELS_LD, layout.TURNED,
    ]
    assert sorted(places) == list(range(layout.COLUMNS))
