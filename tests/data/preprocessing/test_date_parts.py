"""Parts of dates beside those of Python's own calendar."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np

from fastavg.data.preprocessing.date_parts import DATE_PARTS, part_of


def test_parts_are_those_of_the_calendar():
    days = np.random.default_rng(0).uniform(-20_000, 40_000, 200)
    dates = [datetime(1970, 1, 1) + timedelta(days=day) for day in days.tolist()]
    wanted = {
        "day": days, "number": days, "weekday": [date.weekday() for date in dates],
        "year_day": [date.timetuple().tm_yday - 1 for date in dates],
        "hour": [date.hour + date.minute / 60 + date.second / 3600 for date in dates],
    }
    for part, values in wanted.items():
        np.testing.assert_allclose(part_of(days, part), values, atol=1e-3)


def test_parts_of_a_missing_date_are_missing():
    for part in DATE_PARTS:
        assert np.isnan(part_of(np.array([np.nan]), part)).all()
