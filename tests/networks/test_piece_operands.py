"""The operands of products of pieces."""

import numpy as np
import pytest

from fastavg.kernels.network.layout import IN_LD, LINE, PRODUCTS_AT
from fastavg.kernels.vectorized.target import has_wide_vectors
from fastavg.networks.network import Network
from fastavg.networks.piece_operands import (
    add_piece_operands,
    gather_pieces,
    in_vectors,
    turned_weights,
)
from fastavg.networks.workspace import wide_table

TABLE = wide_table(Network((700, 90, 20, 3)))


def test_float64_is_left_to_blas():
    assert not in_vectors("float64")
    assert in_vectors("float32") == has_wide_vectors()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_turned_weights_have_room_for_all_layers_but_the_first(dtype):
    turned = turned_weights(TABLE, dtype)
    assert turned.dtype == dtype
    assert turned.size == 20 * TABLE[1, IN_LD] + 3 * TABLE[2, IN_LD]
    assert not (TABLE[:, IN_LD] % LINE).any()
    assert not turned.any()


def test_a_network_of_one_layer_has_turned_weights_that_are_not_empty():
    assert turned_weights(TABLE[:1], "float32").size == 1


def test_every_layer_makes_its_own_products():
    from fastavg.kernels.vectorized.piece_products import CHUNK, ZERO

    table = TABLE.copy()
    zero = add_piece_operands(table)
    assert not zero.any()
    assert (table[:, ZERO] == zero.ctypes.data).all()
    assert table[:, CHUNK].tolist() == [100, 0, 0]
    assert table[:, PRODUCTS_AT].all()
    assert np.array_equal(table[:, :PRODUCTS_AT], TABLE[:, :PRODUCTS_AT])


def test_rows_of_a_piece_are_copied_in_chunks_of_the_first_layer():
    table = TABLE.copy()
    zero = add_piece_operands(table)
    random = np.random.default_rng(0)
    X, ld = random.random((9, 700), np.float32), int(table[0, IN_LD])
    blocks = np.zeros(5 * ld, np.float32)
    gather_pieces(X, np.arange(9), 2, 5, 3, table, blocks)
    # The first piece has three rows, the second two.
    for start, stop in ((0, 3), (3, 5)):
        found = blocks[start * ld : start * ld + (stop - start) * 700].reshape(7, stop - start, 100)
        wanted = X[2 + start : 2 + stop].reshape(stop - start, 7, 100)
        assert np.array_equal(found, wanted.transpose(1, 0, 2))
    assert not zero.any()
