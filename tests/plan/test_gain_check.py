"""What a bad average leads to, as an option."""

from __future__ import annotations

import pytest

from fastavg import Plan
from fastavg.errors import ConfigError
from fastavg.plan.gain_check import GainCheck


def test_a_bad_average_is_made_again_only_where_it_is_looked_for():
    with pytest.raises(ConfigError, match=r"gain.bad is 'redo' and gain.rows is 0"):
        GainCheck(bad="redo")
    assert Plan(gain={"rows": 5, "bad": "redo"}).steered
    assert not Plan(gain={"rows": 5}).steered
    with pytest.raises(ConfigError, match=r"gain.rows is 5; that goes with local-sgd"):
        Plan(gain={"rows": 5}, algorithm="gradient-averaging")
