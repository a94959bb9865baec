"""Rows of partitions: each worker its own, once an epoch, whoever holds them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastavg.data.partition_sampler import PartitionSampler
from fastavg.data.partitions import Cut

quick = settings(max_examples=60, deadline=None, derandomize=True)
SIZES = st.lists(st.integers(1, 30), min_size=1, max_size=5).map(tuple)


def sampler_of(sizes, held=None, **options):
    cut = Cut(sizes, range(len(sizes)) if held is None else held)
    options = {"batch_size": 4, "seed": 5, **options}
    return PartitionSampler(cut.n_rows, len(sizes), cut=cut, **options)


def batches_of(sampler, worker, first, stop, round=0):
    order, steps = sampler.batches(worker, round, first, stop)
    assert order.size == steps[:, 1].sum()
    return [order[at : at + length].tolist() for at, length in steps]


@quick
@given(sizes=SIZES, batch_size=st.integers(0, 9), window=st.integers(0, 12), shuffle=st.booleans())
def test_a_worker_passes_once_over_its_part_in_every_epoch(sizes, batch_size, window, shuffle):
    sampler = sampler_of(sizes, batch_size=batch_size, window=window, shuffle=shuffle)
    per_epoch, ends = sampler.steps_per_epoch, np.cumsum((0, *sizes))
    for worker, epoch in itertools.product(range(len(sizes)), range(2)):
        taken = batches_of(sampler, worker, epoch * per_epoch, (epoch + 1) * per_epoch)
        assert len(taken) == per_epoch
        assert max(map(len, taken)) <= sampler.batch
        assert max(map(len, taken)) - min(map(len, taken)) <= 1
        rows = [row for batch in taken for row in batch]
        assert sorted(rows) == list(range(ends[worker], ends[worker + 1]))
        assert shuffle or window or rows == sorted(rows)


@quick
@given(
    sizes=SIZES, window=st.integers(0, 12), cuts=st.lists(st.integers(0, 20), max_size=5),
    round=st.integers(0, 3),
)
def test_the_same_batches_however_steps_are_split_and_in_whatever_round(
    sizes, window, cuts, round
):
    sampler = sampler_of(sizes, window=window)
    stop = 2 * sampler.steps_per_epoch + 1
    cuts = sorted({0, stop, *(each for each in cuts if each < stop)})
    worker = len(sizes) - 1
    whole = batches_of(sampler, worker, 0, stop)
    parts = [
        batch for first, last in itertools.pairwise(cuts)
        for batch in batches_of(sampler, worker, first, last, round)
    ]
    assert parts == whole


@pytest.mark.parametrize("window", [0, 3])
def test_who_holds_the_parts_changes_nothing_but_the_numbers_of_rows(window):
    sizes = (7, 5, 9, 6)
    whole, some = sampler_of(sizes, window=window), sampler_of(sizes, range(2, 4), window=window)
    for worker in (2, 3):
        expected = batches_of(whole, worker, 0, 5)
        found = batches_of(some, worker, 0, 5)
        assert [[row + 12 for row in batch] for batch in found] == expected
    assert (whole.batch, whole.steps_per_epoch) == (some.batch, some.steps_per_epoch)


def test_rows_of_a_window_come_one_after_the_other():
    sampler = sampler_of((20,), window=6, batch_size=1)
    windows = [batch[0] // 6 for batch in batches_of(sampler, 0, 0, 20)]
    changes = sum(a != b for a, b in itertools.pairwise(windows))
    assert changes == 3
    spans = sampler.spans(0, 0, 0, 20)
    bounds = sorted((span.start, span.stop) for span in spans)
    assert bounds == [(0, 6), (6, 12), (12, 18), (18, 20)]


def test_epochs_parts_and_seeds_have_orders_of_their_own():
    def order(seed, worker, epoch):
        sampler = sampler_of((1000, 1000), seed=seed, batch_size=0)
        return np.array(batches_of(sampler, worker, epoch, epoch + 1)[0]) - 1000 * worker

    one = order(5, 0, 0)
    for other in (order(5, 1, 0), order(5, 0, 1), order(6, 0, 0), np.arange(1000)):
        assert (one == other).sum() < 20
    assert (one == order(5, 0, 0)).all()


def test_uneven_parts_have_batches_in_proportion():
    sampler = sampler_of((40, 10), batch_size=8)
    assert (sampler.steps_per_epoch, sampler.batch) == (5, 8)
    assert [len(batch) for batch in batches_of(sampler, 1, 0, 5)] == [2] * 5
