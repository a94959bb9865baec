"""Slices of a network: every weight and every output belongs to one of them."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.packing import repack
from fastavg.networks.layer_slices import LayerSlice, cuts
from fastavg.networks.network import Network
from fastavg.networks.workspace import dense_table

NETWORK = Network((5, 7, 300, 3), ("tanh", "gelu"))


@pytest.mark.parametrize("slices", [1, 2, 3, 8])
@pytest.mark.parametrize("fan_out", [1, 3, 10, 300, 2500])
def test_cuts_share_all_neurons(fan_out, slices):
    found = cuts(fan_out, slices)
    assert (found[0], found[-1], len(found)) == (0, fan_out, slices + 1)
    sizes = np.diff(found)
    assert (sizes >= 0).all()
    assert sizes.max() <= fan_out / slices + 16


@pytest.mark.parametrize("slices", [1, 2, 3, 5])
def test_every_weight_is_in_one_slice(slices):
    whole = np.arange(1, NETWORK.n_weights + 1, dtype="f8")
    back, dense = np.zeros_like(whole), dense_table(NETWORK)
    repack(dense, whole, dense, back)
    assert (back == whole).all()
    back[:] = 0
    for member in range(slices):
        part = LayerSlice(NETWORK, 4, member, slices, "f8")
        own = np.zeros(part.size)
        repack(part.view, whole, part.layers, own)
        assert not np.isin(own[own > 0], back).any()
        repack(part.layers, own, part.view, back)
    assert (back == whole).all()


def test_memory_falls_with_the_slices():
    network = Network((100, 800, 800, 10))
    sizes = [LayerSlice(network, 4, 0, slices, "f4").size for slices in (1, 2, 4)]
    assert sizes[1] < 0.55 * sizes[0]
    assert sizes[2] < 0.3 * sizes[0]
