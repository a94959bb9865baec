"""Dropout whose choice is keyed, not drawn: the same for any number of processes."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed, stirred


@kernel
def drop(key, step, layer, rate, values, derivatives, ld, rows, n):
    """Set a part ``rate`` of the numbers to zero and scale up the others, derivatives alike.

    Which ones depends on the key, the step, the layer, the row and the column alone
    (inverted dropout; Srivastava et al. 2014).  ``derivatives`` may be empty.

    Parameters
    ----------
    key : uint64
        Stands for seed and worker.
    step : int
        Number of the step, counted from the start of the run.
    layer : int
        0 for the inputs, l for hidden layer l.
    rate : float
        Dropout rate, 0 to below 1.
    values : array of float32 or float64
        The numbers, row by row, changed in place.
    derivatives : array like values, or empty
        Scaled and set to zero as the values are.
    ld : int
        Distance of rows, in numbers.
    rows : int
        Number of rows.
    n : int
        Numbers of a row.
    """
    number = values.dtype.type
    bound, scale = np.uint32(rate * 4294967296.0), number(1.0 / (1.0 - rate))
    zero = number(0)
    place = mixed(np.uint64(key) + mixed(np.uint64(step) * np.uint64(4096) + np.uint64(layer)))
    for r in range(rows):
        bits = mixed(place + np.uint64(r))
        low, high = np.uint32(bits & np.uint64(0xFFFFFFFF)), np.uint32(bits >> np.uint64(32))
        row = values[r * ld : r * ld + n]
        kept = derivatives[r * ld : r * ld + n] if derivatives.size else row[:0]
        for c in range(n):
            drawn = np.uint32(np.uint32(c) * np.uint32(0x9E3779B9) + low)
            drawn = stirred(np.uint32(stirred(drawn) ^ high))
            factor = scale if drawn >= bound else zero
            row[c] *= factor
            if kept.size:
                kept[c] *= factor
