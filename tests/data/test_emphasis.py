"""Draws by error: how often each row comes, and that they are keyed."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.data.emphasis import Emphasis, drawn_by_error


def test_rows_come_as_often_as_their_chances_say():
    losses = np.random.default_rng(0).exponential(size=50)
    counts = sum(
        np.bincount(drawn_by_error(losses, 0.6, 1, 2, round), minlength=50)
        for round in range(400)
    )
    expected = 0.4 + 0.6 * 50 * losses / losses.sum()
    np.testing.assert_allclose(counts / 400, expected, atol=0.1)


def test_a_row_is_drawn_its_expected_times_rounded_up_or_down():
    losses = np.array([0.0, 1.0, 5.0, 14.0])
    expected = 0.5 + 0.5 * 4 * losses / 20
    for round in range(30):
        counts = np.bincount(drawn_by_error(losses, 0.5, 0, 0, round), minlength=4)
        assert counts.sum() == 4
        assert (np.floor(expected) <= counts).all()
        assert (counts <= np.ceil(expected)).all()


def test_draws_are_keyed_by_seed_worker_and_round():
    losses = np.arange(1.0, 31)
    first = drawn_by_error(losses, 0.5, 3, 1, 2)
    np.testing.assert_array_equal(first, drawn_by_error(losses, 0.5, 3, 1, 2))
    for other in ((4, 1, 2), (3, 0, 2), (3, 1, 3)):
        assert (first != drawn_by_error(losses, 0.5, *other)).any()


@pytest.mark.parametrize("losses", [np.zeros(4), np.array([1, np.nan, 1, 1])])
def test_losses_that_say_nothing_leave_the_rows_alone(losses):
    assert drawn_by_error(losses, 0.5, 0, 0, 0).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("share", [0, 1.5, "half"])
def test_impossible_shares_are_refused(share):
    with pytest.raises(ConfigError, match="share"):
        Emphasis(share=share)
