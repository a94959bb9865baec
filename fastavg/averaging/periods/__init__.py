"""Period controllers: how many steps lie between two averages, one rule a file."""

from __future__ import annotations

from fastavg.averaging.periods.by_cost import CostPeriod
from fastavg.averaging.periods.by_loss import LossPeriod
from fastavg.averaging.periods.by_spread import SpreadPeriod
from fastavg.averaging.periods.contract import PERIODS, PeriodController, Progress, Stretch
from fastavg.averaging.periods.fixed import FixedPeriod
from fastavg.averaging.periods.listed import ListedPeriods
from fastavg.averaging.periods.ramp import RampedPeriod

__all__ = [
    "PERIODS", "CostPeriod", "FixedPeriod", "ListedPeriods", "LossPeriod", "PeriodController",
    "Progress", "RampedPeriod", "SpreadPeriod", "Stretch",
]
