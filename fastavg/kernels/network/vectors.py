"""What a line search does with whole vectors: products, steps, new directions.

A worker's vectors may have gaps between their rows; gaps hold zeros in weights and
gradients alike, so they add nothing to a product and stay zero in every step.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel


@kernel
def dot(a, b):
    """The inner product, summed in float64.

    Parameters
    ----------
    a : array (n,) of float32 or float64
        First vector.
    b : array like a
        Second vector.

    Returns
    -------
    float64
        The inner product.
    """
    total = 0.0
    for i in range(a.size):
        total += np.float64(a[i]) * np.float64(b[i])
    return total


@kernel
def advance(origin, step, direction, out):
    """out <- origin + step * direction.

    Parameters
    ----------
    origin : array (n,) of float32 or float64
        Where the step begins.
    step : float
        Its length along ``direction``.
    direction : array like origin
        The search direction.
    out : array like origin
        Overwritten.
    """
    s = origin.dtype.type(step)
    for i in range(out.size):
        out[i] = origin[i] + s * direction[i]


@kernel
def redirect(beta, direction, gradient):
    """direction <- beta * direction - gradient.

    Parameters
    ----------
    beta : float
        Share of the old direction.
    direction : array (n,) of float32 or float64
        The search direction, changed in place.
    gradient : array like direction
        The gradient.
    """
    b = direction.dtype.type(beta)
    for i in range(direction.size):
        direction[i] = b * direction[i] - gradient[i]
