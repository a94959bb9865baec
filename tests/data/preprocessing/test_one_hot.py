"""Categories as inputs: rare, many, unknown and missing levels."""

from __future__ import annotations

import numpy as np

from fastavg.data.preprocessing.one_hot import BUCKETS, MOST_LEVELS, OneHot, Sign, fit_one_hot


def test_rare_levels_share_an_input():
    codes = np.repeat(np.arange(5), [50, 30, 9, 8, 1])
    made = fit_one_hot(codes, list("edcba"))
    assert isinstance(made, OneHot)
    assert made.width == 3
    places = dict(zip(made.levels, made.places))
    assert {places["a"], places["b"], places["c"]} == {2}
    assert {places["e"], places["d"]} == {0, 1}


def test_the_order_of_rows_changes_nothing():
    codes = np.random.default_rng(1).integers(-1, 4, 300)
    first = fit_one_hot(codes, ["w", "x", "y", "z"])
    again = fit_one_hot(np.where(codes >= 0, 3 - codes, -1), ["z", "y", "x", "w"])
    assert first.levels == again.levels
    np.testing.assert_array_equal(first.places, again.places)


def test_more_levels_than_inputs_are_hashed():
    n = MOST_LEVELS + 500
    codes = np.repeat(np.arange(n), 12)
    made = fit_one_hot(codes, [f"level {k}" for k in range(n)])
    assert made.width == MOST_LEVELS + BUCKETS
    assert made.places[:-2].min() == 0
    assert len(np.unique(made.places[:-2])) > MOST_LEVELS + BUCKETS // 2
    assert np.asarray(made.apply(codes[:20])).sum() == 20


def test_levels_that_say_nothing():
    assert fit_one_hot(np.zeros(30, int), ["a"]) is None
    assert fit_one_hot(np.arange(30), [str(k) for k in range(30)]) is None
    assert isinstance(fit_one_hot(np.array([0] * 30 + [-1]), ["a"]), OneHot)


def test_two_levels_are_minus_one_and_one():
    made = fit_one_hot(np.array([1] * 20 + [0] * 20), ["yes", "no"])
    assert isinstance(made, Sign)
    assert made.levels == ("no", "yes")
    assert made.width == 1
    # Codes are places in its levels; two is a level that training never saw.
    assert made.apply(np.array([0, 1, 2, -1])).ravel().tolist() == [-1, 1, 0, 0]


def test_unknown_levels_have_no_input_and_missing_ones_have_one():
    made = fit_one_hot(np.repeat([0, 1, 2, -1], 20), ["a", "b", "c"])
    assert made.width == 4
    assert made.apply(np.array([2, 3, -1])).tolist() == [[0, 0, 1, 0], [0] * 4, [0, 0, 0, 1]]


def test_levels_without_a_row_are_left_out():
    assert fit_one_hot(np.repeat([0, 2, 3], 20), list("abcd")).levels == ("a", "c", "d")
