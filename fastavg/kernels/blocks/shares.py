"""Each worker's part of the mean, from the row weights of its round."""

from __future__ import annotations

import sys

from fastavg.kernels.jit.decorator import kernel

# Python's own sum of floats, which makes the shares of rounds outside blocks.
COMPENSATED = sys.version_info >= (3, 12)


@kernel(exact=True)
def total_of(weights):
    """The sum of the weights, with the bits of Python's ``sum``.

    Parameters
    ----------
    weights : array (workers,) of float64
        Summed row weights of each worker's round.

    Returns
    -------
    float64
        The sum; from Python 3.12 on with compensation (Neumaier, "Rundungsfehleranalyse einiger
        Verfahren zur Summation endlicher Summen", 1974).
    """
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

    Parameters
    ----------
    weights : array (workers,) of float64
        Summed row weights of each worker's round.
    shares : array (workers,) of float64
        Each worker's share of the mean, overwritten.

    Returns
    -------
    moved : bool
        True if the sum is positive: some worker had a row.
    total : float64
        The sum of the weights.
    """
    total = total_of(weights)
    for k in range(weights.size):
        shares[k] = weights[k] / total if total > 0 else 1.0 if k == 0 else 0.0
    return total > 0, total
