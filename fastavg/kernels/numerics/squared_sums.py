"""Sums of squares in an order that is written down.

Free to choose, the compiler would take an order by what stands around a loop, and another one in
a process that compiles than in one that loads.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel

# Sums that grow side by side.
LANES = 16


@kernel(exact=True)
def squared_norm(numbers, lanes):
    """The sum of the squares, in float64.

    Parameters
    ----------
    numbers : array (n,) of float32 or float64
        A vector.
    lanes : array (LANES,) of float64
        Working memory.

    Returns
    -------
    float64
    """
    lanes[:] = 0.0
    for start in range(0, numbers.size - LANES + 1, LANES):
        for lane in range(LANES):
            x = np.float64(numbers[start + lane])
            lanes[lane] += x * x
    for i in range(numbers.size // LANES * LANES, numbers.size):
        x = np.float64(numbers[i])
        lanes[0] += x * x
    total = 0.0
    for lane in range(LANES):
        total += lanes[lane]
    return total


@kernel(exact=True)
def squared_distance(a, b, lanes):
    """The sum of the squared differences, in float64.

    Parameters
    ----------
    a : array (n,) of float32 or float64
        A vector.
    b : array like a
        Another one.
    lanes : array (LANES,) of float64
        Working memory.

    Returns
    -------
    float64
    """
    lanes[:] = 0.0
    for start in range(0, a.size - LANES + 1, LANES):
        for lane in range(LANES):
            x = np.float64(a[start + lane]) - np.float64(b[start + lane])
            lanes[lane] += x * x
    for i in range(a.size // LANES * LANES, a.size):
        x = np.float64(a[i]) - np.float64(b[i])
        lanes[0] += x * x
    total = 0.0
    for lane in range(LANES):
        total += lanes[lane]
    return total
