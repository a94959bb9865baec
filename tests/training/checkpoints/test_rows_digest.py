"""Digests of rows: by content, and for parts the same whoever holds them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.partition_sampler import PartitionSampler
from fastavg.training.checkpoints.rows_digest import rows_digest
from fastavg.training.run import Run
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, data_for, first_weights, held_by, small_plan


def run_of(sampling, n=40, weighted=True):
    plan = small_plan(workers=4, sampling=sampling)
    rows = data_for(NETWORK, n, plan.dtype, weighted)
    return Run(NETWORK, plan, rows, first_weights(NETWORK, plan))


@pytest.mark.parametrize("sampling", ["shards", "partitions"])
def test_other_rows_have_another_digest(sampling):
    run = run_of(sampling)
    found = rows_digest(run, LocalCommunicator())
    assert found == rows_digest(run_of(sampling), LocalCommunicator())
    run.rows.dense[3, 1] += 1
    assert rows_digest(run, LocalCommunicator()) != found
    assert rows_digest(run_of(sampling, 41), LocalCommunicator()) != found
    assert rows_digest(run_of(sampling, weighted=False), LocalCommunicator()) != found


@pytest.mark.parametrize("size", [1, 3, 4])
def test_parts_on_several_ranks_have_the_digest_of_the_whole(size):
    run = run_of("partitions")
    sampler = run.sampler()
    assert isinstance(sampler, PartitionSampler)

    def digest(ranks):
        held = workers_of(ranks.rank, ranks.size, 4)
        return rows_digest(replace(run, rows=held_by(run.rows, sampler.parts, held)), ranks)

    assert on_ranks(size, digest) == [rows_digest(run, LocalCommunicator())] * size
