"""Keys and generators: the same for the same purpose, on every machine."""

import itertools

import numpy as np
from scipy import stats

from fastavg.randomness import generator, key


def test_key_is_the_same_for_ever():
    # Written down once: another number here changes every run that anybody has kept.
    assert key(0, "shuffle", 3) == 12882048872968739506
    assert key(12345, "order", 1, 2, 3) == 9100306405537124575


def test_key_tells_seed_purpose_and_numbers_apart():
    keys = [
        key(seed, purpose, *numbers)
        for seed, purpose in itertools.product((0, 1, 10), ("shuffle", "sample"))
        for numbers in ((), (0,), (1,), (0, 1), (1, 0), (10,), (1, 11), (11, 1), (111,))
    ]
    assert len(set(keys)) == len(keys)


def test_numbers_of_numpy_and_python_make_the_same_key():
    assert key(np.int64(3), "order", np.int32(4)) == key(3, "order", 4)


def test_generator_starts_afresh_each_time_and_looks_uniform():
    draws = [generator(5, "test", number).random() for number in range(2000)]
    assert draws == [generator(5, "test", number).random() for number in range(2000)]
    assert stats.kstest(draws, "uniform").pvalue > 1e-3
