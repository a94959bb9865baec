"""Memory that begins on a cache line."""

from __future__ import annotations

import pytest

from fastavg.networks.aligned import aligned


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [0, 1, 15, 1000, 1 << 18])
def test_aligned_zeros(size, dtype):
    memory = aligned(size, dtype)
    assert (memory.shape, memory.dtype) == ((size,), dtype)
    assert not memory.any()
    assert size == 0 or memory.ctypes.data % 64 == 0
