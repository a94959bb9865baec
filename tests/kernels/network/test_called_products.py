"""Weights that are updated at once fit the first-level cache where they can."""

import numpy as np
import pytest

from fastavg.kernels.network.called_products import MOST_ROWS, pack_weights, rows_at_once
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace


@pytest.mark.parametrize(("w_ld", "rows"), [(16, 48), (128, 48), (192, 32), (304, 16), (1040, 48)])
def test_rows_at_once(w_ld, rows):
    assert rows_at_once(w_ld) == rows <= MOST_ROWS
    assert rows % 16 == 0


def test_layers_without_called_products_have_nothing_to_pack():
    space = Workspace(Network((5, 4, 3)), 7, "float32")
    space.theta[:] = np.arange(space.theta.size)
    before = space.layers.copy()
    pack_weights(space.layers, space.theta)
    assert np.array_equal(space.layers, before)
