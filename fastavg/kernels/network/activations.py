"""Activations of hidden layers, each with its derivative written in terms of its output.

``activate`` runs after a matrix product and adds the bias on the way; ``backprop``
multiplies a layer's error by the derivative: one pass over memory each.
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.exponential import logistic, tanh

IDENTITY, LOGISTIC, TANH, RELU = 0, 1, 2, 3
# Any other is called by its address, and leaves its derivatives
# (:mod:`fastavg.kernels.network.called_activations`).
CALLED = 4


@kernel
def activate(code, z, at, ld, rows, bias):
    """z[r] <- f(z[r] + bias) for ``rows`` rows of ``bias.size`` numbers, ``ld`` apart.

    Parameters
    ----------
    code : int
        Of the activation, ``IDENTITY`` to ``CALLED``.
    z : array of float32 or float64
        The pre-activations without bias, replaced by the outputs.
    at : int
        Place of the first row in ``z``.
    ld : int
        Distance of rows, in numbers.
    rows : int
        Number of rows.
    bias : array (n,) like z
        Added to every row.
    """
    n = bias.size
    zero = z.dtype.type(0)
    for r in range(rows):
        row = z[at + r * ld : at + r * ld + n]
        if code == RELU:
            for c in range(n):
                v = row[c] + bias[c]
                # Written so that NaN passes through.
                row[c] = zero if v < zero else v
        elif code == LOGISTIC:
            for c in range(n):
                row[c] = logistic(row[c] + bias[c])
        elif code == TANH:
            for c in range(n):
                row[c] = tanh(row[c] + bias[c])
        else:
            for c in range(n):
                row[c] = row[c] + bias[c]


@kernel
def backprop(code, a, a_at, a_ld, error, at, ld, rows, n):
    """error[r] <- error[r] * f'(z[r]) for ``rows`` rows of ``n`` numbers.

    Parameters
    ----------
    code : int
        Of the activation, ``IDENTITY`` to ``CALLED``.
    a : array of float32 or float64
        The outputs of the layer, or for ``CALLED`` its derivatives.
    a_at : int
        Place of their first row.
    a_ld : int
        Distance of their rows, in numbers.
    error : array like a
        The error of the layer, changed in place.
    at : int
        Place of its first row.
    ld : int
        Distance of its rows, in numbers.
    rows : int
        Number of rows.
    n : int
        Units of the layer.
    """
    zero, one = a.dtype.type(0), a.dtype.type(1)
    if code == IDENTITY:
        return
    for r in range(rows):
        out = a[a_at + r * a_ld : a_at + r * a_ld + n]
        row = error[at + r * ld : at + r * ld + n]
        if code == RELU:
            for c in range(n):
                row[c] = row[c] if out[c] > zero else zero
        elif code == LOGISTIC:
            for c in range(n):
                row[c] *= out[c] * (one - out[c])
        elif code == TANH:
            for c in range(n):
                row[c] *= one - out[c] * out[c]
        else:
            for c in range(n):
                row[c] *= out[c]
