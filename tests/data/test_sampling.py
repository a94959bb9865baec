"""Which rows a worker sees: shards, resample, and rounds of any length."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastavg.data.sampling import Sampler
from fastavg.errors import ConfigError
from fastavg.plan.plan import Plan

SIZES = {
    "n_rows": st.integers(1, 60), "workers": st.integers(1, 8), "batch_size": st.integers(0, 13),
}
quick = settings(max_examples=80, deadline=None, derandomize=True)


def taken(sampler, worker, round, first, stop):
    """The batches of a worker as a list of lists of rows."""
    order, steps = sampler.batches(worker, round, first, stop)
    assert steps.shape == (stop - first, 2)
    # Batches lie side by side in the order.
    assert (steps[:, 0] == np.cumsum(steps[:, 1]) - steps[:, 1]).all()
    assert order.size == steps[:, 1].sum()
    return [order[at : at + length].tolist() for at, length in steps]


@quick
@given(**SIZES, shuffle=st.booleans(), seed=st.integers(0, 3))
def test_shards_are_disjoint_and_complete_in_every_epoch(
    n_rows, workers, batch_size, shuffle, seed
):
    workers = min(workers, n_rows)
    sampler = Sampler(n_rows, workers, batch_size, "shards", shuffle=shuffle, seed=seed)
    per_epoch = sampler.steps_per_epoch
    for epoch in range(2):
        rows = [
            row for worker in range(workers)
            for batch in taken(sampler, worker, epoch, epoch * per_epoch, (epoch + 1) * per_epoch)
            for row in batch
        ]
        assert sorted(rows) == list(range(n_rows))


@quick
@given(**SIZES, shuffle=st.booleans())
def test_the_workers_batches_of_a_step_are_one_batch_of_a_single_worker(
    n_rows, workers, batch_size, shuffle
):
    workers = min(workers, n_rows)
    sampler = Sampler(n_rows, workers, batch_size, shuffle=shuffle, seed=2)
    single = Sampler(n_rows, 1, sampler.batch * workers, shuffle=shuffle, seed=2)
    assert single.steps_per_epoch == sampler.steps_per_epoch
    stop = 2 * sampler.steps_per_epoch
    everyone = [taken(sampler, worker, 0, 0, stop) for worker in range(workers)]
    for step, whole in enumerate(taken(single, 0, 0, 0, stop)):
        assert [row for worker in everyone for row in worker[step]] == whole


@quick
@given(
    **SIZES, kind=st.sampled_from(["shards", "resample"]), shuffle=st.booleans(),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_the_same_batches_however_a_round_is_split(
    n_rows, workers, batch_size, kind, shuffle, cuts
):
    workers = min(workers, n_rows)
    sampler = Sampler(n_rows, workers, batch_size, kind, 0.7, shuffle, 1)
    stop = 2 * sampler.steps_per_epoch + 1
    cuts = sorted({0, stop, *(cut for cut in cuts if cut < stop)})
    for worker in {0, workers - 1}:
        whole = taken(sampler, worker, 0, 0, stop)
        parts = [
            batch for first, last in itertools.pairwise(cuts)
            for batch in taken(sampler, worker, 0, first, last)
        ]
        assert parts == whole


@pytest.mark.parametrize("first", [0, 1, 3, 5, 10])
@pytest.mark.parametrize("kind", ["shards", "resample"])
def test_a_round_without_a_step_has_no_rows(kind, first):
    sampler = Sampler(50, 2, 5, kind)
    assert taken(sampler, 1, 3, first, first) == []


def test_shards_do_not_depend_on_the_round():
    sampler = Sampler(50, 4, 3, seed=9)
    assert taken(sampler, 2, 0, 3, 9) == taken(sampler, 2, 5, 3, 9)


def test_shards_are_permuted_afresh_each_epoch_and_for_each_seed():
    sampler = Sampler(1000, 1, 1000, seed=0)
    one, two = (taken(sampler, 0, 0, epoch, epoch + 1)[0] for epoch in (0, 1))
    other = taken(Sampler(1000, 1, 1000, seed=1), 0, 0, 0, 1)[0]
    for a, b in ((one, two), (one, other), (one, list(range(1000)))):
        assert sum(x == y for x, y in zip(a, b)) < 10


def test_without_shuffle_rows_come_in_their_given_order():
    sampler = Sampler(10, 1, 4, shuffle=False)
    assert taken(sampler, 0, 0, 0, 4) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9], [0, 1, 2, 3]]


@quick
@given(**SIZES, fraction=st.floats(0.01, 1), round=st.integers(0, 5))
def test_resample_draws_its_fraction_without_replacement(
    n_rows, workers, batch_size, fraction, round
):
    sampler = Sampler(n_rows, workers, batch_size, "resample", fraction, seed=4)
    size = max(1, int(fraction * n_rows + 0.5))
    assert abs(sampler.sample_rows - size) <= 1
    per_epoch = sampler.steps_per_epoch
    epochs = [
        [row for batch in taken(sampler, 0, round, at * per_epoch, (at + 1) * per_epoch)
         for row in batch]
        for at in range(2)
    ]
    assert len(set(epochs[0])) == len(epochs[0]) == sampler.sample_rows
    assert 0 <= min(epochs[0]) <= max(epochs[0]) < n_rows
    # The sample stays for the round; its order does not.
    assert sorted(epochs[0]) == sorted(epochs[1])


def test_resample_is_drawn_anew_for_every_worker_and_round():
    sampler = Sampler(1000, 3, 0, "resample", 0.5, seed=4)
    samples = [
        set(taken(sampler, worker, round, 0, 1)[0]) for worker in range(3) for round in (0, 1)
    ]
    for at, one in enumerate(samples):
        for other in samples[at + 1 :]:
            # Half of a half: 250 rows in common, give or take.
            assert 200 < len(one & other) < 300


def test_resample_takes_every_row_equally_often():
    sampler = Sampler(40, 1, 0, "resample", 0.25, seed=0)
    counts = np.zeros(40)
    for round in range(4000):
        counts[taken(sampler, 0, round, 0, 1)[0]] += 1
    # Draws without replacement vary less than the multinomial's.
    assert abs(counts - 1000).max() < 5 * np.sqrt(1000 * 0.75)


@quick
@given(
    n_rows=st.integers(1, 500), batch_size=st.integers(1, 20),
    epochs=st.sampled_from([0.1, 0.5, 1, 2.5, 7]),
    every=st.sampled_from([0.001, 0.1, 0.125, 1 / 3, 0.3, 1, 2, 5, 100]),
)
def test_spans_tile_the_run(n_rows, batch_size, epochs, every):
    plan = Plan(epochs=epochs, average_every=every, batch_size=batch_size)
    sampler = plan.sampler(n_rows)
    spans = [plan.span(sampler, round) for round in range(plan.n_rounds)]
    assert spans[0][0] == 0
    assert spans[-1][1] == plan.total_steps(sampler)
    for (first, stop), (following, _) in itertools.pairwise(spans):
        assert first <= stop == following
    assert plan.total_steps(sampler) == max(
        1, -(-Fraction(str(epochs)) * sampler.steps_per_epoch // 1)
    )


def test_eight_averages_an_epoch_are_eight_equal_spans():
    plan = Plan(epochs=2, average_every=0.125, batch_size=1)
    sampler = plan.sampler(80)
    assert plan.n_rounds == 16
    assert {stop - first for first, stop in (plan.span(sampler, r) for r in range(16))} == {10}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "bootstrap"}, "sampling 'bootstrap' is unknown; choose shards, resample"),
        ({"fraction": 0}, "fraction is 0; it must be above 0 and at most 1"),
        ({"fraction": 1.5}, "fraction is 1.5"),
        ({"fraction": float("nan")}, "fraction is nan"),
    ],
)
def test_impossible_samplers_are_refused(arguments, message):
    with pytest.raises(ConfigError, match=message):
        Sampler(10, 1, 1, **arguments)
