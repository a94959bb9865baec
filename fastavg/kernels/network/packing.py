"""Copies between the dense public vector and a worker's layout with wider rows."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD


@kernel
def _copy(source, s, n, target, t):
    # To assign a slice to a slice, numba compiles the text of its error as well, for seconds.
    from_, to = source[s : s + n], target[t : t + n]
    for i in range(n):
        to[i] = from_[i]


@kernel
def repack(source_layers, source, target_layers, target):
    """Copy all weights and biases from one layout to another.

    Parameters
    ----------
    source_layers : array (n_layers, COLUMNS) of int64
        Layer table of the source.
    source : array of float32 or float64
        Weights in that layout.
    target_layers : array (n_layers, COLUMNS) of int64
        Layer table of the target.
    target : array like source
        Weights in that layout, overwritten.
    """
    for index in range(source_layers.shape[0]):
        a, b = source_layers[index], target_layers[index]
        n = a[FAN_OUT]
        for row in range(a[FAN_IN]):
            s, t = a[W_AT] + row * a[W_LD], b[W_AT] + row * b[W_LD]
            _copy(source, s, n, target, t)
        _copy(source, a[B_AT], n, target, b[B_AT])


@kernel
def all_finite(vector):
    """True if no number of a vector is NaN or infinite.

    Parameters
    ----------
    vector : array (n,) of float32 or float64
        The numbers.
    """
    zero = vector.dtype.type(0)
    bad = zero
    for i in range(vector.size):
        bad += vector[i] * zero
    return bad == zero
