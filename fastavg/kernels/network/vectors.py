"""What a line search does with whole vectors: products, steps, new directions.

A worker's vectors may have gaps between their rows; gaps hold zeros in weights and
gradients alike, so they add nothing to a product and stay zero in every step.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel


@kernel
def dot(a, b):
    """The inner product, summed in float64."""
    total = 0.0
    for i in range(a.size):
        total += np.float64(a[i]) * np.float64(b[i])
    return total


@kernel
def advance(origin, step, direction, out):
    """out <- origin + step * direction."""
    s = origin.dtype.type(step)
    for i in range(out.size):
        out[i] = origin[i] + s * direction[i]


@kernel
def redirect(beta, direction, gradient):
    """direction <- beta * direction - gradient."""
    b = direction.dtype.type(beta)
    for i in range(direction.size):
        direction[i] = b * direction[i] - gradient[i]
