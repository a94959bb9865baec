"""Shards where all rows fit in memory, partitions where they do not."""

from __future__ import annotations

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.plan.inputs import DataOptions
from fastavg.runs import sampling_choice
from fastavg.runs.sampling_choice import bytes_of_whole, choose_sampling
from tests.communicators.ranks import on_ranks
from tests.data.parts.sources import source


@pytest.fixture
def options(tmp_path):
    source("npy", tmp_path)
    return DataOptions(file=tmp_path / "X.npy", target=str(tmp_path / "y.npy"))


def test_what_fits_is_dealt_out_anew(options):
    choice = choose_sampling(options, "float32", LocalCommunicator())
    assert choice.name == "shards"
    assert choice.why.startswith("sampling: shards, as reading all rows on every rank takes 0.0 GB")


def test_what_does_not_fit_on_one_rank_stays_with_all(options, monkeypatch):
    def choice(ranks):
        return choose_sampling(options, "float32", ranks)

    monkeypatch.setattr(sampling_choice, "usable_memory", lambda: 5000)
    for found in on_ranks(2, choice):
        assert found.name == "partitions"
        assert "does not fit in the 0.0 GB" in found.why


def test_the_bytes_of_files(options, tmp_path):
    assert bytes_of_whole(options, 4) == 103 * 5 * 8
    source("parquet", tmp_path)
    table = DataOptions(file=tmp_path / "rows.parquet", target="y")
    assert bytes_of_whole(table, 4) == 103 * 6 * 16
    assert bytes_of_whole(DataOptions(), 4) == 0
