"""Each worker's part of the mean, from the row weights of its round."""

from __future__ import annotations

import sys

from fastavg.kernels.jit.decorator import kernel

# Python's own sum of floats, which makes the shares of rounds outside blocks.
COMPENSATED = sys.version_info >= (3, 12)


@kernel(exact=True)
def total_of(weights):
    """The sum of the weights, with the bits of Python's ``sum``."""
    total, lost = 0.0, 0.0
    for weight in weights:
        grown = total + weight
        if COMPENSATED:
            # Neumaier 1974: what rounding has cut off is added at the end.
            if abs(total) >= abs(weight):
                lost += (total - grown) + weight
            else:
                lost += (weight - grown) + total
        total = grown
    return total + lost


@kernel(exact=True)
def shares_of(weights, shares):
    """shares <- weights divided by their sum; whether anybody had a row, and the sum.

    If nobody had, all workers still are where they started, and the first stands for all.
    """
    total = total_of(weights)
    for k in range(weights.size):
        shares[k] = weights[k] / total if total > 0 else 1.0 if k == 0 else 0.0
    return total > 0, total
