from __future__ import annotations

import numpy as np
import pytest

from fastavg.experiments.measure import Measured
from fastavg.experiments.statistics import crossing, projected, summarise


def run(split, accuracy, **lists):
    epochs = [5.0 * (i + 1) for i in range(len(accuracy))]
    made = Measured("model-2", split, 2, 2, epochs, list(accuracy))
    for name, values in lists.items():
        setattr(made, name, values)
    return made


def test_the_mean_curve_crosses_where_its_numbers_do():
    runs = [run(0, [0.80, 0.90, 0.90]), run(1, [0.80, 0.82, 0.92])]
    found = crossing(runs)
    assert found.epochs == 15
    assert (found.reached, found.splits) == (2, 2)
    assert found.mean == pytest.approx(12.5)
    assert found.mean_error == pytest.approx(2.5)


def test_equal_splits_have_no_error():
    assert crossing([run(split, [0.1, 0.89]) for split in range(4)]).error == 0


def test_a_level_that_is_not_reached():
    found = crossing([run(0, [0.5, 0.6]), run(1, [0.5, 0.9])])
    assert found.epochs is None
    assert found.reached == 1


def test_the_error_is_that_of_resampled_means():
    random = np.random.default_rng(5)
    runs = []
    for split in range(10):
        start = int(random.integers(2, 12))
        runs.append(run(split, [0.5] * start + [1.0] * (20 - start)))
    found = crossing(runs, 75.0)
    # Half of the splits must have risen: the mean crosses near the median start.
    starts = sorted(each.accuracy.index(1.0) for each in runs)
    medians = [
        np.sort(random.choice(starts, 10))[4] for _ in range(4000)
    ]
    assert found.error == pytest.approx(5 * np.std(medians), rel=0.15)


def test_the_spread_is_a_samples():
    found = summarise([1.0, 2.0, 6.0])
    assert found.deviation == pytest.approx(np.std([1, 2, 6], ddof=1))
    assert found.error == pytest.approx(found.deviation / np.sqrt(3))


def test_projected_seconds_are_the_slowest_workers_and_averaging():
    parallel = run(
        0, [0.5, 0.6, 0.7], seconds=[9.0, 10.0, 11.0], slowest_seconds=[1.0, 2.0, 4.0],
        averaging_seconds=[0.1, 0.1, 0.1],
    )
    assert projected(parallel, 10) == pytest.approx(3.2)
    alone = run(0, [0.5], seconds=[7.0], slowest_seconds=[1.0], averaging_seconds=[0.0])
    alone.workers = 1
    assert projected(alone, 5) == 7
