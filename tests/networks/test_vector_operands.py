"""Which networks gain by vectors follows from their shapes; operands have the room they take."""

import pytest

from fastavg.kernels.network import layout
from fastavg.kernels.vectorized import target
from fastavg.kernels.vectorized.float_chunks import copy_size
from fastavg.kernels.vectorized.float_layers import COPY, HANDED_BACK, ONE, ZERO
from fastavg.kernels.vectorized.float_tiles import TIMES_TANH
from fastavg.networks.network import Network
from fastavg.networks.vector_operands import (
    MOST_BLOCK_BYTES,
    MOST_BYTES,
    MOST_BYTES_OF_NARROW,
    MOST_MULTIPLICATIONS,
    MOST_ROWS,
    MOST_ROWS_OF_LARGE,
    add_vector_operands,
    gains_by_vectors,
)
from fastavg.networks.workspace import dense_table


def gains(sizes, rows, activation="relu", width=4):
    return gains_by_vectors(dense_table(Network(sizes, activation, "identity")), rows, width)


@pytest.fixture(params=[True, False], ids=["wide", "narrow"], autouse=True)
def wide(request, monkeypatch):
    monkeypatch.setattr(target, "has_wide_vectors", lambda: request.param)
    return request.param


@pytest.mark.parametrize(("sizes", "rows"), [
    ((20, 64, 64, 2), 64), ((400, 25, 10), 32), ((13, 50, 50, 3), 16), ((64, 32, 10), 200),
])
@pytest.mark.parametrize("width", [4, 8])
def test_layers_that_fill_vectors_gain(sizes, rows, width):
    assert gains(sizes, rows, width=width)


@pytest.mark.parametrize(("sizes", "rows"), [
    # 14 of 64 lanes would be idle along the rows, 15 of 16 along the gradient's columns.
    ((37, 48, 96, 4), 50), ((20, 64, 64, 2), 1), ((10, 100, 1), 208),
])
def test_idle_lanes_are_no_gain_where_vectors_are_wide(sizes, rows, wide):
    assert gains(sizes, rows) != wide


def test_activations_that_are_called_are_left_to_blas():
    assert not gains((20, 64, 64, 2), 64, "gelu")


def test_a_large_layer_is_left_to_blas(wide):
    most = MOST_BYTES if wide else MOST_BYTES_OF_NARROW
    assert gains((most // 64, 16, 16), 32)
    assert not gains((most // 64 + 1, 16, 16), 32)
    assert gains((600, most // 4800, 16), 32, width=8)
    assert not gains((600, most // 4800 + 1, 16), 32, width=8)


def test_vectors_of_float64_gain_up_to_some_multiplications_and_some_bytes_of_a_block(wide):
    rows = MOST_MULTIPLICATIONS // (256 * 256)
    assert gains((256, 256, 16), rows, width=8)
    assert not gains((256, 257, 16), rows, width=8)
    assert gains((256, 257, 16), rows)
    widest = MOST_BLOCK_BYTES // (8 * 256)
    assert gains((widest, 16, 16), 256, width=8)
    assert not gains((widest + 1, 16, 16), 256, width=8)
    assert gains((widest + 1, 16, 16), 256)


def test_large_batches_are_left_to_blas(wide):
    assert gains((20, 64, 64, 2), MOST_ROWS)
    assert not gains((20, 64, 64, 2), MOST_ROWS + 16)
    large = (MOST_BYTES // 64 + 1, 16, 16)
    assert gains(large, MOST_ROWS_OF_LARGE) != wide
    assert not gains(large, MOST_ROWS_OF_LARGE + 1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_operands_begin_on_cache_lines_after_a_one_and_a_zero(dtype):
    table = dense_table(Network((5, 64, 65, 31, 1), "tanh", "identity"))
    memory = add_vector_operands(table, 33, dtype)
    start, size = memory.ctypes.data, memory.itemsize
    assert memory.dtype == dtype
    assert table[:, layout.TURNED].all()
    assert memory[(table[0, ONE] - start) // size] == 1
    assert memory[(table[0, ZERO] - start) // size] == 0
    assert (table[:, layout.ERROR] % 64 == 0).all()
    assert table[:, layout.ERROR_LD].tolist() == [size * ld for ld in (64, 80, 32, 16)]
    assert (memory.nbytes - (table[0, layout.ERROR] - start)) // size == 48 * 80
    assert (table[1:, HANDED_BACK] == TIMES_TANH).all()
    assert not table[:, COPY].any()


def test_errors_that_are_powers_of_two_lie_an_odd_number_of_lines_apart():
    table = dense_table(Network((5, 256, 512, 2), "tanh", "identity"))
    add_vector_operands(table, 32, "float32")
    assert table[:, layout.ERROR_LD].tolist() == [64 * 17, 64 * 33, 64]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_that_are_copied_have_room_behind_the_errors(dtype):
    table = dense_table(Network((700, 300, 20, 2), "tanh", "identity"))
    memory = add_vector_operands(table, 70, dtype)
    width = memory.itemsize
    size = width * max(copy_size(700, 70, width), copy_size(300, 70, width))
    end = memory.ctypes.data + memory.nbytes
    behind = table[0, layout.ERROR] + 80 * table[0, layout.ERROR_LD]
    assert end == behind + size
    assert table[:, COPY].tolist() == ([behind, behind, 0] if size else [0, 0, 0])
