"""Rows on disk: the numbers of rows in memory, window by window."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts import rank_parts
from fastavg.data.parts.learnt import learn
from fastavg.data.parts.loaded_rows import load_rows
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.row_stream import RowStream
from tests.data.parts.sources import WORKERS, source

RANKS = LocalCommunicator()


@pytest.mark.parametrize("kind", ["npy", "parquet", "arrow"])
@pytest.mark.parametrize("balanced", [True, False])
def test_a_window_has_the_rows_of_the_memory(kind, balanced, tmp_path, monkeypatch):
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", 8 * 5 * 7)
    parts = RankParts(source(kind, tmp_path), range(WORKERS), 0.2)
    learnt = learn(parts, "auto", "standard", RANKS)
    loaded = load_rows(parts, learnt, "float32", True, balanced, RANKS)
    stream = RowStream(parts, learnt, "float32", True, balanced, 10)
    for made in (stream, pickle.loads(pickle.dumps(stream))):
        for part, size in enumerate(parts.cut.sizes):
            found, first = made.read(part, 3, size), parts.cut.start(part)
            for own, whole in zip(found.arrays, loaded.arrays, strict=True):
                expected = whole[first + 3 : first + size] if len(whole) else whole
                assert np.array_equal(own, expected)
                assert own.dtype == whole.dtype


def test_memory_for_rows_has_their_form(tmp_path):
    parts = RankParts(source("npy", tmp_path), range(1), 0.0)
    learnt = learn(RankParts(parts.source, range(WORKERS), 0.0), "auto", "none", RANKS)
    stream = RowStream(parts, learnt, "float64", True, False, 10)
    assert [array.shape for array in stream.empty(4).arrays] == [(4, 5), (4, 1), (0,)]
    assert not stream.weighted
    assert len(stream.empty()) == 0
