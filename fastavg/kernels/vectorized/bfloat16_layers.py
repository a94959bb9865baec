"""The three products of a layer in bfloat16, called by the training step.

Inputs, weights and errors are rounded to bfloat16 once each and packed; outputs, errors
handed back and gradients are float32, as are the weights that the optimizer moves.

==============  =====================  =================
product         left operand, rows     right, in panels
==============  =====================  =================
outputs         inputs                 weights
errors back     errors                 weights turned
gradient        inputs turned          errors
==============  =====================  =================
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import BACKWARD, FORWARD, GRADIENT, TAKE_ERROR
from fastavg.kernels.network.layout import (
    COLUMNS,
    ERROR,
    ERROR_LD,
    ERROR_PANELS,
    ERROR_PANELS_LD,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    INPUT,
    INPUT_LD,
    OUT_LD,
    TURNED_INPUT,
    TURNED_INPUT_LD,
    TURNED_WEIGHTS,
    TURNED_WEIGHTS_LD,
    W_LD,
    WEIGHTS,
    WEIGHTS_LD,
)
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.bfloat16_forms import (
    clear_row,
    to_panels,
    to_panels_and_rows,
    to_panels_both_ways,
    to_rows,
    turn_rows,
)
from fastavg.kernels.vectorized.bfloat16_product import multiply


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    fan_in, fan_out = layer[FAN_IN], layer[FAN_OUT]
    given, wanted = address_of(source), address_of(target)
    in_ld, out_ld, w_ld = 4 * layer[IN_LD], 4 * layer[OUT_LD], 4 * layer[W_LD]
    if product == FORWARD:
        at, ld = layer[INPUT], layer[INPUT_LD]
        to_rows(given, in_ld, rows, fan_in, at, ld)
        if rows % 2:
            # The word of an odd last row has a second half.
            clear_row(fan_in, at + rows * ld)
        turn_rows(at, ld, rows, fan_in, layer[TURNED_INPUT], layer[TURNED_INPUT_LD])
        multiply(
            rows, fan_out, (fan_in + 1) // 2, at, ld, layer[WEIGHTS], layer[WEIGHTS_LD], scale,
            wanted, out_ld,
        )
    elif product == TAKE_ERROR:
        panels, distance = layer[ERROR_PANELS], layer[ERROR_PANELS_LD]
        if layer[TURNED_WEIGHTS]:
            to_panels_and_rows(
                given, out_ld, rows, fan_out, panels, distance, layer[ERROR], layer[ERROR_LD]
            )
        else:
            to_panels(given, out_ld, 0, rows, rows, fan_out, panels, distance)
    elif product == BACKWARD:
        multiply(
            rows, fan_in, (fan_out + 1) // 2, layer[ERROR], layer[ERROR_LD],
            layer[TURNED_WEIGHTS], layer[TURNED_WEIGHTS_LD], scale, wanted, in_ld,
        )
    elif product == GRADIENT:
        ld = layer[TURNED_INPUT_LD]
        multiply(
            stop - first, fan_out, (rows + 1) // 2, layer[TURNED_INPUT] + first * ld, ld,
            layer[ERROR_PANELS], layer[ERROR_PANELS_LD], scale, wanted, w_ld,
        )
    else:
        panels, distance = layer[WEIGHTS], layer[WEIGHTS_LD]
        if layer[TURNED_WEIGHTS]:
            to_panels_both_ways(
                given, w_ld, first, stop, fan_in, fan_out, panels, distance,
                layer[TURNED_WEIGHTS], layer[TURNED_WEIGHTS_LD],
            )
        else:
            to_panels(given, w_ld, first, stop, fan_in, fan_out, panels, distance)


STAGE = Stage("products", _products, "bfloat16")
