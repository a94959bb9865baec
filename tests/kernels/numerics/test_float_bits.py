"""Numbers as words: their order, their size, and the way back."""

import math

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.float_bits import larger, magnitude, number, words_of

VALUES = [0.0, -0.0, 1e-42, -1.5, 1.5, -3e38, math.inf, -math.inf, math.nan]


@kernel
def pairs(memory, magnitudes, most, back):
    words = words_of(memory)
    for i in range(words.size):
        magnitudes[i] = magnitude(words[i])
        back[i] = number(words[i])
        for j in range(words.size):
            most[i, j] = larger(magnitude(words[i]), magnitude(words[j]))


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
