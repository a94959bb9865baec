"""Periods as they were: the rounds of an earlier run again."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from fastavg.averaging.periods.contract import PERIODS, Progress, Stretch
from fastavg.options import Check, check_options, option

PART = re.compile(r"([1-9]\d*)(?:x([1-9]\d*))?")


def written(steps: Iterable[int]) -> str:
    """The steps of rounds as text: ``29x4 15`` is four rounds of 29 steps and one of 15.

    Parameters
    ----------
    steps : iterable of int
        Of each round, in order.

    Examples
    --------
    >>> written([29, 29, 15])
    '29x2 15x1'
    """
    return " ".join(f"{each}x{len(list(equal))}" for each, equal in groupby(steps))


def stretches(text: str) -> list[Stretch]:
    """The rounds that such a text stands for.

    Parameters
    ----------
    text : str
        As :func:`written` has it.

    Examples
    --------
    >>> stretches("29x2 15")
    [Stretch(period=29, rounds=2), Stretch(period=15, rounds=1)]
    """
    found = (PART.fullmatch(each) for each in text.split())
    return [Stretch(int(each[1]), int(each[2] or 1)) for each in found if each is not None]


def _is_list(value: object) -> bool:
    return isinstance(value, str) and all(map(PART.fullmatch, value.split()))


@PERIODS.member("listed")
@dataclass(frozen=True)
class ListedPeriods:
    """Rounds of given lengths, such as those that another controller chose in an earlier run.

    Parameters
    ----------
    steps : str
        Steps of the rounds: ``29x4 15x8`` stands for four rounds of 29 steps, then eight of 15.
        ``History.periods`` and the record ``finished`` in ``events.jsonl`` have this form. After
        the end of the list ``average_every`` counts.

    Examples
    --------
    >>> ListedPeriods("29x4 15x8").next(Progress(step=116, steps_per_epoch=60, first=20))
    Stretch(period=15, rounds=8)
    """

    reproducible: ClassVar[bool] = True
    wants_drift: ClassVar[bool] = False

    steps: str = option("", check=Check(_is_list, "be rounds such as '29x4 15x8'"))

    def __post_init__(self) -> None:
        check_options(self)

    def next(self, progress: Progress) -> Stretch:
        """What the list has at this step; see :meth:`PeriodController.next`."""
        step = 0
        for period, rounds in stretches(self.steps):
            done = max(0, progress.step - step) // period
            if done < rounds:
                return Stretch(period, rounds - done)
            step += period * rounds
        return Stretch(progress.first, -(-progress.steps_per_epoch // progress.first))
