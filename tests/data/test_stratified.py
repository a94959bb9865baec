from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.sampling import Sampler
from fastavg.data.sampling_schemes import Balanced
from fastavg.data.stratified import EvenClasses, Strata, one_class_each
from fastavg.errors import ConfigError

CLASSES = np.random.default_rng(0).choice(3, 101, p=[0.6, 0.3, 0.1])


def test_every_sample_holds_every_class_in_its_share():
    strata = Strata(CLASSES, 50)
    counts = np.bincount(CLASSES)
    for worker in range(4):
        rows = strata.sample(7, worker, round=2)
        assert len(rows) == len(set(rows.tolist())) == 50
        found = np.bincount(CLASSES[rows])
        assert (np.abs(found - counts * 50 / 101) < 1).all()


def test_samples_are_keyed():
    strata = Strata(CLASSES, 50)
    one = strata.sample(7, 0, 0)
    assert np.array_equal(one, Strata(CLASSES, 50).sample(7, 0, 0))
    for other in (strata.sample(8, 0, 0), strata.sample(7, 1, 0), strata.sample(7, 0, 1)):
        assert not np.array_equal(one, other)


def test_every_row_is_drawn_at_some_time():
    strata = Strata(CLASSES, 50)
    seen = {row for round in range(30) for row in strata.sample(0, 0, round).tolist()}
    assert seen == set(range(101))


def test_the_sampler_draws_one_sample_a_round_in_a_fresh_order_each_epoch():
    sampler = Sampler(101, 2, 0, "stratified", 0.5, seed=3, classes=CLASSES)
    order, steps = sampler.batches(1, 0, 0, 2)
    first, second = (order[at : at + rows] for at, rows in steps.tolist())
    assert sorted(first) == sorted(second) == sorted(Strata(CLASSES, 50).sample(3, 1, 0))
    assert not np.array_equal(first, second)


def test_rows_without_one_class_are_refused():
    with pytest.raises(ConfigError, match="each row has 4 targets"):
        one_class_each(np.zeros((3, 4)))
    with pytest.raises(ConfigError, match="needs the class of each row"):
        Sampler(10, 1, 0, "stratified").batches(0, 0, 0, 1)


def test_in_even_epochs_every_class_occurs_as_often():
    even = EvenClasses(CLASSES)
    seen: dict[int, int] = {}
    for epoch in range(6):
        rows = even.epoch(5, epoch)
        counts = np.bincount(CLASSES[rows])
        assert counts.sum() == 101
        assert counts.max() - counts.min() <= 1
        for row in rows.tolist():
            seen[row] = seen.get(row, 0) + 1
    # All rows of a class have been used before one is used again.
    for number in range(3):
        times = [seen.get(row, 0) for row in np.flatnonzero(number == CLASSES).tolist()]
        assert max(times) - min(times) <= 1


def test_even_epochs_are_dealt_out_to_workers():
    Y = CLASSES[:, None].astype(float)
    sampler = Balanced().sampler(101, 2, 10, 3, Y)
    steps = sampler.steps_per_epoch
    both = [sampler.batches(worker, 0, steps, 2 * steps).order for worker in range(2)]
    assert sorted(np.concatenate(both)) == sorted(EvenClasses(CLASSES).epoch(3, 1))
    assert not np.array_equal(both[0], sampler.batches(0, 0, 0, steps).order)
    with pytest.raises(ConfigError, match="balanced; it needs the class of each row"):
        Balanced().sampler(10, 1, 0, 0).batches(0, 0, 0, 1)
