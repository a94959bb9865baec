"""What each check takes, and the sentence for a value that it does not."""

import math

import numpy as np
import pytest

from fastavg import options

NAN, INFINITE = float("nan"), float("inf")
CASES = {
    "whole": (options.whole(1), [1, 8.0, np.int64(3)], [0, 2.5, NAN, INFINITE, True, "2", None],
              "be a whole number of at least 1"),
    "at least": (options.at_least(0), [0, 2.5, np.float32(1)], [-1e-9, NAN, INFINITE, "1", None],
                 "be a number of at least 0"),
    "above": (options.above(0), [1e-9, 3], [0, -1, NAN, INFINITE, None], "be a number above 0"),
    "positive": (options.POSITIVE, [1e-9, 3], [0, NAN, "x"], "be a positive number"),
    "rate": (options.RATE, [0, 0.999], [1, -0.1, NAN], "be at least 0 and below 1"),
    "part": (options.PART, [1, 0.1], [0, 1.1, NAN], "be above 0 and at most 1"),
    "inside": (options.INSIDE, [0.5], [0, 1, NAN], "lie between 0 and 1"),
    "optional": (options.optional(options.POSITIVE), [None, 1], [0, "x"],
                 "be a positive number, or None"),
    "infinity": (options.optional(options.whole(1), math.inf, "infinity"), [INFINITE, 3], [0, None],
                 "be a whole number of at least 1, or infinity"),
    "each": (options.each(options.RATE), [0.5, (0.1, 0.2)], [(0.1, 1), 1],
             "be at least 0 and below 1"),
    "one of": (options.one_of("a", "b"), ["a"], [3, None], "be one of a, b"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_check_takes_what_it_says(name):
    check, good, bad, must = CASES[name]
    for value in good:
        assert check.holds(value)
    for value in bad:
        assert not check.holds(value)
        assert check.refusal("size", value).endswith(f"; it must {must}")


def test_the_sentence_names_option_and_value():
    assert options.PART.refusal("fraction", 2) == "fraction is 2; it must be above 0 and at most 1"
    assert options.PART.refusal("fraction", "2").startswith("fraction is '2'; it must")
    assert options.one_of("a", "b").refusal("name", "c") == "name 'c' is unknown; choose a, b"
