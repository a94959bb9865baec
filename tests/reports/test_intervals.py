"""Intervals against other ways to them."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.reports.intervals import resampled_interval, share_interval


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.97, 1.0])
def test_shares_agree_with_scipy(share):
    from scipy.stats import binomtest

    found = binomtest(round(share * 200), 200).proportion_ci(method="wilson")
    assert share_interval(share, 200) == pytest.approx((found.low, found.high), abs=1e-9)


def test_a_mean_of_many_rows_agrees_with_the_normal_interval():
    values = np.random.default_rng(0).normal(size=2000)
    low, high = resampled_interval(lambda rows: values[rows].mean(), 2000)
    half = 1.96 * values.std() / 2000**0.5
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=half / 4)
    assert (low, high) == resampled_interval(lambda rows: values[rows].mean(), 2000)
