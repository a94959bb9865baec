"""The rule behind ``--hidden auto``."""

from __future__ import annotations

import pytest

from fastavg.plan.hidden_layers import LEAST, MOST, TWO_LAYERS, hidden_for
from fastavg.plan.resolve import Facts, resolve


@pytest.mark.parametrize(("rows", "columns", "outputs", "layers"), [
    (1, 1, 1, (16,)),
    # 2 sqrt(569) is 48: 64 is nearest by its logarithm.
    (569, 30, 2, (64,)),
    (TWO_LAYERS - 1, 400, 10, (64,)),
    (TWO_LAYERS, 400, 10, (64, 32)),
    (10**9, 2, 1, (16, 8)),
    (10**9, 5000, 1, (1024, 512)),
    # Not fewer units than classes.
    (10**6, 500, 1000, (1024, 1024)),
])
def test_layers_go_by_rows_and_are_held_by_columns_and_outputs(rows, columns, outputs, layers):
    assert hidden_for(rows, columns, outputs) == layers
    assert LEAST <= layers[0] <= MOST


def test_a_plan_has_numbers_in_the_place_of_auto():
    given = {"network": {"hidden": "auto"}}
    made = resolve(given, Facts(3500, 400, 10, "class"), "shell")
    assert made.layers.hidden == (128, 64)
    assert made.network.layer_sizes == (400, 128, 64, 10)
    # What was given stays as it was.
    assert given == {"network": {"hidden": "auto"}}
