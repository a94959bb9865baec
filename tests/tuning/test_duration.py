"""Durations in words."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.tuning.duration import seconds_of


def test_durations():
    assert [seconds_of(text) for text in ("45", "2h", " 1m30s ", "0.5m")] == [45, 7200, 90, 30]


@pytest.mark.parametrize("text", ["", "soon", "10 minutes", "0", "m", "-3s"])
def test_what_is_none_is_refused(text):
    with pytest.raises(ConfigError, match="such as 90s, 10m or 1h30m"):
        seconds_of(text)
