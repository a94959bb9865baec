"""Numbers as bits: their order, their size, and the way back."""

import math

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.float_bits import float_bits, larger, magnitude, number

VALUES = [0.0, -0.0, 1e-42, -1.5, 1.5, -3e38, math.inf, -math.inf, math.nan]


@kernel
def pairs(memory, magnitudes, most, back):
    bits = float_bits(memory)
    for i in range(bits.size):
        magnitudes[i] = magnitude(bits[i])
        back[i] = number(bits[i])
        for j in range(bits.size):
            most[i, j] = larger(magnitude(bits[i]), magnitude(bits[j]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_words_are_ordered_as_magnitudes_with_nan_on_top(dtype):
    memory = np.array(VALUES, dtype)
    whole = np.int32 if dtype == "float32" else np.int64
    magnitudes = np.zeros(memory.size, whole)
    most = np.zeros((memory.size, memory.size), whole)
    back = np.zeros(memory.size)
    pairs(memory, magnitudes, most, back)
    assert (magnitudes == np.abs(memory).view(whole)).all()
    assert (most == np.maximum.outer(magnitudes, magnitudes)).all()
    assert back.tobytes() == memory.astype(np.float64).tobytes()
    sizes = np.where(np.isnan(memory), math.inf, np.abs(memory).astype(float))
    order = np.argsort(magnitudes, kind="stable")
    assert (sizes[order] == np.sort(sizes)).all()
    assert np.isnan(memory[order[-1]])
