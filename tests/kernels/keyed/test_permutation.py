"""``permute``: a bijection, computed place by place, that looks uniform."""

import numpy as np
import pytest
from scipy import stats

from fastavg.kernels.keyed.permutation import BLOCK, permute
from fastavg.randomness import key


def working_memory():
    return np.empty((2, BLOCK), np.uint64)


def permutation(number, n, places=None):
    places = np.arange(n) if places is None else np.asarray(places)
    out = np.empty((1, len(places)), np.int64)
    permute(np.array([number], np.uint64), n, places, working_memory(), out)
    return out[0]


def test_permute_is_a_bijection_for_every_small_n():
    for n in range(1, 301):
        assert (np.sort(permutation(key(0, "test", n), n)) == np.arange(n)).all(), n


@pytest.mark.parametrize("n", [1023, 1024, 1025, 4096, 4097, 65_535, 65_537, 1_000_003])
def test_permute_is_a_bijection_for_large_n(n):
    assert (np.sort(permutation(key(1, "test"), n)) == np.arange(n)).all()


@pytest.mark.parametrize("n", [2**33 + 5, 2**40, 2**53 + 1])
def test_permute_stays_inside_and_apart_for_n_beyond_memory(n):
    places = np.concatenate([np.arange(5000), np.arange(n - 5000, n)])
    seen = permutation(key(2, "test"), n, places)
    assert seen.min() >= 0
    assert seen.max() < n
    assert np.unique(seen).size == 10_000


@pytest.mark.parametrize("n", [1, 2, 5, 97, 5000])
def test_permute_of_some_places_is_a_part_of_the_whole(n):
    whole = permutation(42, n)
    places = np.array([n - 1, 0, n // 2, 0])
    assert (permutation(42, n, places) == whole[places]).all()


def test_permutations_are_made_side_by_side():
    places = np.arange(3, 90)
    out = np.empty((3, 87), np.int64)
    permute(np.array([5, 2**63 + 1, 5], np.uint64), 700, places, working_memory(), out)
    for row, number in zip(out, (5, 2**63 + 1, 5), strict=True):
        assert (row == permutation(number, 700, places)).all()
    assert (out[0] != out[1]).any()


def test_permute_may_overwrite_its_places():
    places = np.arange(50)
    expected = permutation(9, 50)
    permute(np.array([9], np.uint64), 50, places, working_memory(), places[None])
    assert (places == expected).all()


@pytest.mark.parametrize("n", [2, 3, 5, 8, 13, 100])
def test_permute_sends_every_place_everywhere_equally_often(n):
    keys = 200 * n
    counts = np.zeros((n, n))
    for number in range(keys):
        counts[np.arange(n), permutation(key(3, "uniform", number), n)] += 1
    for row in (counts.ravel(), counts[0], counts[n - 1]):
        assert stats.chisquare(row).pvalue > 1e-4


@pytest.mark.parametrize("n", [6, 50, 1000])
def test_permute_keeps_no_neighbours(n):
    # Pairs of neighbouring places: their distance in the result is that of random pairs.
    differences = np.concatenate([
        np.diff(permutation(key(4, "pairs", number), n)) % n for number in range(20_000 // n + 50)
    ])
    observed = np.bincount(differences, minlength=n)[1:]
    assert stats.chisquare(observed).pvalue > 1e-4


@pytest.mark.parametrize("n", [6, 64, 5000])
def test_permute_has_as_many_fixed_points_as_chance(n):
    fixed = [
        int((permutation(key(5, "fixed", number), n) == np.arange(n)).sum())
        for number in range(3000)
    ]
    assert abs(np.mean(fixed) - 1) < 0.08


def test_permute_with_neighbouring_keys_is_unrelated():
    same = [
        int((permutation(number, 1000) == permutation(number + 1, 1000)).sum())
        for number in range(500)
    ]
    assert 0.7 < np.mean(same) < 1.3
