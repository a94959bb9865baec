"""A run: four things that decide the weights, and nothing else."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields, replace

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.partitions import Cut
from fastavg.data.sampling_schemes import Partitions, Shards
from fastavg.errors import RankMismatch
from fastavg.plan.execution import Execution
from fastavg.solvers import SGD
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, data_for, first_weights, held_by, small_plan

PLAN = small_plan(workers=2, epochs=1)
RUN = Run(NETWORK, PLAN, data_for(NETWORK, 40, PLAN.dtype), first_weights(NETWORK, PLAN))


def weights(run):
    return train_run(run, Execution(1, LocalCommunicator())).tobytes()


def test_equal_runs_end_with_the_same_bits_and_leave_the_start_as_it_was():
    before = RUN.start.copy()
    assert weights(RUN) == weights(replace(RUN))
    assert (RUN.start == before).all()


@pytest.mark.parametrize("change", [
    {"start": RUN.start + 1}, {"plan": replace(PLAN, seed=9)},
    {"rows": data_for(NETWORK, 41, PLAN.dtype)}, {"network": replace(NETWORK, activation="relu")},
], ids=lambda change: next(iter(change)))
def test_each_part_decides_the_weights(change):
    assert weights(replace(RUN, **change)) != weights(RUN)


def test_a_run_does_not_change():
    assert [field.name for field in fields(Run)] == ["network", "plan", "rows", "start"]
    with pytest.raises(FrozenInstanceError):
        RUN.plan = PLAN


@pytest.mark.parametrize("window", [0, 3])
@pytest.mark.parametrize("batch_size", [4, 0])
def test_parts_give_the_same_bits_whoever_holds_them(window, batch_size):
    plan = small_plan(workers=4, sampling=Partitions(window=window), batch_size=batch_size)
    rows = data_for(NETWORK, 43, plan.dtype, weighted=True)
    run = Run(NETWORK, plan, rows, first_weights(NETWORK, plan))
    cut = run.sampler().parts

    def trained(ranks):
        own = held_by(rows, cut, workers_of(ranks.rank, ranks.size, 4))
        return train_run(replace(run, rows=own), Execution(1, ranks)).tobytes()

    for size in (1, 2, 3):
        assert on_ranks(size, trained) == [weights(run)] * size
    assert weights(replace(run, plan=replace(plan, sampling=Shards()))) != weights(run)


def test_uneven_parts_count_by_their_rows():
    plan = small_plan(
        workers=2, sampling=Partitions(), batch_size=0, epochs=1, average_every=1,
        solver=SGD(0.5, momentum=0), dtype="float64",
    )
    rows = replace(data_for(NETWORK, 40, plan.dtype), cut=Cut((30, 10), range(2)))
    start = first_weights(NETWORK, plan)
    uneven = train_run(Run(NETWORK, plan, rows, start), Execution(1, LocalCommunicator()))
    # One step of each worker: the mean by rows is the step of all rows.
    whole = replace(plan, workers=1, sampling=Shards())
    alone = train_run(
        Run(NETWORK, whole, replace(rows, cut=None), start), Execution(1, LocalCommunicator())
    )
    assert np.allclose(uneven, alone, atol=1e-14)


def test_rows_in_parts_of_other_shapes_are_refused_on_every_rank():
    plan = small_plan(workers=2, sampling=Partitions())
    rows = data_for(NETWORK, 40, plan.dtype)

    def trained(ranks):
        sizes = (20, 20) if ranks.rank else (20, 19)
        own = held_by(rows, Cut(sizes, range(2)), range(ranks.rank, ranks.rank + 1))
        run = Run(NETWORK, plan, own, first_weights(NETWORK, plan))
        with pytest.raises(RankMismatch, match="another data"):
            train_run(run, Execution(1, ranks))

    on_ranks(2, trained)
