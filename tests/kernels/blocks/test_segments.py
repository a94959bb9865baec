"""Segments and pieces: every number once, cut where chunks end."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fastavg.kernels.blocks.segments import (
    DECAYS,
    DENSE_AT,
    LENGTH,
    SEGMENT_COST,
    WIDE_AT,
    chunks_of,
    copy,
    fill,
    part_of,
    pieces_of,
    segments_of,
)
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network.packing import repack
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace

SHAPES = [(3, 2), (20, 64, 64, 2), (5, 33, 7, 3), (784, 256, 128, 10), (400, 1)]


@pytest.mark.parametrize("sizes", SHAPES)
def test_segments_map_the_dense_vector_to_the_wide_one(sizes):
    network = Network(sizes, output="identity")
    space = Workspace(network, 2, "float64")
    segments = segments_of(space.dense, space.layers)
    dense = np.arange(1.0, network.n_weights + 1)
    repack(space.dense, dense, space.layers, space.theta)
    at = 0
    for row in segments.table:
        assert row[DENSE_AT] == at
        stop = at + row[LENGTH]
        assert (space.theta[row[WIDE_AT] :][: row[LENGTH]] == dense[at:stop]).all()
        assert at // CHUNK == (stop - 1) // CHUNK
        at = stop
    assert at == network.n_weights
    starts = segments.table[segments.first[:-1], DENSE_AT]
    assert (starts == np.arange(len(starts)) * CHUNK).all()
    assert segments.first[-1] == len(segments.table)


@pytest.mark.parametrize("sizes", SHAPES)
def test_pieces_tell_weights_from_biases_and_cover_both(sizes):
    network = Network(sizes, output="identity")
    space = Workspace(network, 2, "float64")
    pieces = pieces_of(space.layers, space.theta.size)
    kind = np.zeros(space.theta.size, int)
    for at, n, decays in pieces.table:
        assert (kind[at : at + n] == 0).all()
        assert at // CHUNK == (at + n - 1) // CHUNK
        kind[at : at + n] = 1 + decays
    marks = np.concatenate([
        np.concatenate([np.full(fan_in * fan_out, 2.0), np.full(fan_out, 1.0)])
        for fan_in, fan_out in network.shapes
    ])
    repack(space.dense, marks, space.layers, space.theta)
    assert (kind[space.theta > 0] == space.theta[space.theta > 0]).all()
    assert DECAYS == 2
    for c, (low, high) in enumerate(zip(pieces.first[:-1], pieces.first[1:])):
        assert (pieces.table[low:high, WIDE_AT] // CHUNK == c).all()


def test_parts_share_out_everything():
    for members in (1, 2, 3, 8):
        for n in (0, 1, 7, 64):
            parts = [part_of(member, members, n) for member in range(members)]
            assert parts[0][0] == 0
            assert parts[-1][1] == n
            assert all(a[1] == b[0] for a, b in itertools.pairwise(parts))


@pytest.mark.parametrize("sizes", SHAPES)
@pytest.mark.parametrize("members", [1, 2, 3, 8])
def test_members_share_the_cost_of_all_chunks(sizes, members):
    space = Workspace(Network(sizes, output="identity"), 2, "float64")
    segments = segments_of(space.dense, space.layers)
    parts = [chunks_of(member, members, segments) for member in range(members)]
    assert parts[0][0] == 0
    assert parts[-1][1] == len(segments.first) - 1
    assert all(a[1] == b[0] for a, b in itertools.pairwise(parts))
    costs = np.add.reduceat(segments.table[:, LENGTH] + SEGMENT_COST, segments.first[:-1])
    for border, part in enumerate(costs.sum() * np.arange(1, members) / members):
        # A chunk is not divided: a border lies within half of one beside it.
        stop = parts[border][1]
        assert abs(costs[:stop].sum() - part) <= costs[max(stop - 1, 0) : stop + 1].max() / 2


def test_copy_and_fill():
    target = np.zeros(5)
    copy(np.arange(9.0), target)
    assert target.tolist() == [0, 1, 2, 3, 4]
    fill(target, 2.5)
    assert target.tolist() == [2.5] * 5
