"""The workspace of sparse rows: small, and of the same layout as any other."""

import numpy as np
from scipy.sparse import random_array

from fastavg.data.sparse_rows import check_sparse
from fastavg.kernels.network import layout, sparse_products
from fastavg.kernels.network.dense import forward, gather
from fastavg.networks.network import Network
from fastavg.networks.sparse_workspace import SparseWorkspace, workspace_of
from fastavg.networks.workspace import Workspace

NETWORK = Network((5000, 20, 3))
ROWS = check_sparse(random_array((100, 5000), density=0.01, random_state=0), "float32", 5000)


def test_the_form_of_the_rows_decides():
    assert type(workspace_of(ROWS, NETWORK, 8)) is SparseWorkspace
    dense = workspace_of(ROWS.toarray(), NETWORK, 8, 2)
    assert type(dense) is Workspace
    assert dense.state.shape[0] == 2
    assert dense.inputs_of(X := ROWS.toarray()) is X


def test_it_has_the_layout_of_the_weights_and_room_for_no_inputs():
    sparse, dense = SparseWorkspace(ROWS, NETWORK, 64, 2), Workspace(NETWORK, 64, "float32", 2)
    weights = slice(layout.FAN_IN, layout.B_AT + 1)
    assert np.array_equal(sparse.layers[:, weights], dense.layers[:, weights])
    assert sparse.state.shape == dense.state.shape
    assert sparse.scratch.blocks.size <= 64 * 64 < dense.scratch.blocks.size
    assert sparse.flops_per_row < dense.flops_per_row


def test_the_entries_live_as_long_as_the_workspace():
    space = SparseWorkspace(ROWS.scaled(1.0, "float64"), NETWORK, 4)
    values = space._entries[0]
    assert space.layers[0, sparse_products.VALUES] == values.ctypes.data
    assert space.layers[0, sparse_products.ENTRIES] == len(values) == len(ROWS.values)


def test_other_weights_can_be_read():
    space = SparseWorkspace(ROWS, NETWORK, 100, training=False)
    gather(
        space.inputs_of(ROWS), np.arange(100), 0, 100, space.scratch.blocks,
        space.layers[0, layout.IN_LD],
    )
    other = np.ones_like(space.theta)

    def outputs(theta):
        forward(space.layers, theta, space.scratch.blocks, 100, space.scratch.tile)
        at = space.layers[-1, layout.OUT_AT] + np.arange(100) * space.layers[-1, layout.OUT_LD]
        return space.scratch.blocks[at]

    # Biases are read where the caller says, the first layer's weights where the table does.
    assert (outputs(other) == 21).all()
    space.read_weights_of(other)
    expected = 1 + 20 * np.maximum(0, 1 + ROWS.toarray().sum(axis=1))
    np.testing.assert_allclose(outputs(other), expected, rtol=1e-5)
