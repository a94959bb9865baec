"""Addresses of arrays, and arrays at addresses."""

import numba
import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of, int32_pointer, pointer_like, width_of


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_where_an_array_begins(dtype):
    @kernel(cached=False)
    def address(memory):
        return address_of(memory)

    memory = np.zeros(8, dtype)
    assert address(memory[3:]) == memory.ctypes.data + 3 * memory.itemsize


def test_memory_at_an_address_is_read_and_written():
    @numba.cfunc(numba.types.void(numba.types.CPointer(numba.float64), numba.int64, numba.int64))
    def copy(target, numbers, places):
        given = numba.carray(pointer_like(numbers, target), 3)
        order = numba.carray(int32_pointer(places), 3)
        out = numba.carray(target, 3)
        for i in range(3):
            out[i] = given[order[i]]

    numbers, order, out = np.array([1.5, 2, 3]), np.array([2, 0, 1], np.int32), np.zeros(3)
    copy.ctypes(
        out.ctypes.data_as(copy.ctypes.argtypes[0]), numbers.ctypes.data, order.ctypes.data
    )
    assert out.tolist() == [3, 1.5, 2]


def test_a_number_tells_its_bytes():
    @kernel(cached=False)
    def width(number):
        return width_of(number)

    assert [width(kind(0)) for kind in (np.float32, np.float64)] == [4, 8]
