"""Learning rates as functions of progress: what fraction of the run is done."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.options import (
    POSITIVE,
    Check,
    Family,
    at_least,
    check_options,
    is_number,
    one_of,
    option,
    optional,
)

SCHEDULES = (
    "constant", "cosine", "coslog4", "invscaling", "step", "one_cycle", "plateau", "adaptive",
)


def _is_warmup(value: Any) -> bool:
    if isinstance(value, str):
        return re.fullmatch(r"\d+ (step|round)s?", value) is not None
    return is_number(value) and value >= 0


WARMUP = Check(_is_warmup, "be a number of at least 0, or a text such as '20 steps' or '5 rounds'")
# Those that look at the training loss between rounds.
REACTIVE = ("plateau", "adaptive")
# Of a cycle: where its top is, and start and end below it, as in PyTorch's OneCycleLR.
TOP, START, END = 0.3, 1 / 25, 1 / 25e4


@dataclass(frozen=True)
class Schedule:
    """Factor on the learning rate, step by step.

    Parameters
    ----------
    kind : str
        ``constant``; ``cosine``, half a cosine from 1 to 0 over the run (Loshchilov and
        Hutter 2017); ``coslog4``, four waves from 0 to 1 and back, each twice as long as the one
        before it (Holzmüller, Grinsztajn and Steinwart 2024); ``invscaling``,
        ``1 / (rows seen + 1) ** power``, as in scikit-learn;
        ``step``, times ``factor`` after every ``every`` local epochs; ``one_cycle``, up to
        the learning rate and down again (Smith and Topin 2018), shaped as in PyTorch;
        ``plateau``, times ``factor`` whenever the training loss has stood still for
        ``patience`` local epochs; ``adaptive``, the same as scikit-learn does it.
    power : float
        The exponent of ``invscaling``.
    every : float
        With ``step``: local epochs between two reductions of the rate.
    factor : float
        Factor on the rate at a reduction; if not given 0.1 with ``step`` and ``plateau``, 0.2 with
        ``adaptive``.
    warmup : float or str
        Local epochs at the beginning in which the rate rises linearly from 0, with any schedule; or
        ``20 steps``, or ``5 rounds``, each of ``average_every``.
    patience : int
        Local epochs without a lower loss after which ``plateau`` and ``adaptive`` reduce the rate.
    tol : float
        What counts as a lower loss: lower by this fraction with ``plateau``, by this amount with
        ``adaptive``.
    least : float
        Lower bound on the product of all reductions by ``plateau`` and ``adaptive``.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Schedule("cosine").factors(0, 4, total=4, rows_per_step=32).round(2)
    array([1.  , 0.85, 0.5 , 0.15])
    >>> Schedule(warmup=1).factors(0, 4, total=8, rows_per_step=32, steps_per_epoch=3)
    array([0.33333333, 0.66666667, 1.        , 1.        ])
    """

    kind: str = "constant"
    power: float = option(0.5, check=at_least(0), sklearn="power_t")
    every: float = option(10, check=POSITIVE, unit="local epochs")
    factor: float | None = option(None, check=optional(POSITIVE))
    warmup: float | str = option(0, check=WARMUP, sklearn="warmup", unit="local epochs")
    patience: int = option(10, check=at_least(0), unit="local epochs")
    tol: float = option(1e-4, check=at_least(0))
    least: float = option(1e-4, check=at_least(0))

    def __post_init__(self) -> None:
        if self.kind not in SCHEDULES:
            raise ConfigError(one_of(*SCHEDULES).refusal("learning rate schedule", self.kind))
        check_options(self)

    @property
    def shrink(self) -> float:
        """The factor, given or not."""
        if self.factor is None:
            return 0.2 if self.kind == "adaptive" else 0.1
        return self.factor

    def factors(
        self, first: int, stop: int, total: int, rows_per_step: int, steps_per_epoch: float = 1.0,
    ) -> NDArray[np.float64]:
        """Factors of steps ``first`` to ``stop`` of a run of ``total`` steps.

        Parameters
        ----------
        first : int
            First step, counted from the start of the run.
        stop : int
            The step after the last one.
        total : int
            Steps of the whole run.
        rows_per_step : int
            Rows of a full step.
        steps_per_epoch : float
            Steps in a local epoch.
        """
        step = np.arange(first, stop, dtype=np.float64)
        warm = self.warm_steps(total, steps_per_epoch)
        if not warm:
            return self._after(step, total, rows_per_step, steps_per_epoch)
        later = self._after(
            np.maximum(step - warm, 0), total - warm, rows_per_step, steps_per_epoch
        )
        return np.where(step < warm, (step + 1) / warm * later, later)

    def warm_steps(self, total: int, steps_per_epoch: float = 1.0) -> int:
        """Steps in which the rate rises from nothing.

        Parameters
        ----------
        total : int
            Steps of the whole run.
        steps_per_epoch : float
            Steps in a local epoch.

        Examples
        --------
        >>> Schedule(warmup=1).warm_steps(8, steps_per_epoch=3)
        3
        """
        if isinstance(self.warmup, str):
            return min(int(self.warmup.split()[0]), total)
        return min(math.ceil(self.warmup * steps_per_epoch - 1e-9), total)

    def with_rounds_of(self, average_every: float | str) -> Schedule:
        """The schedule whose warm-up counts no rounds, where it did.

        Parameters
        ----------
        average_every : float or str
            The distance of two averages: local epochs, or a text such as ``4 steps``.

        Examples
        --------
        >>> Schedule(warmup="5 rounds").with_rounds_of("4 steps").warmup
        '20 steps'
        """
        if not (isinstance(self.warmup, str) and "round" in self.warmup):
            return self
        rounds = int(self.warmup.split()[0])
        if isinstance(average_every, str):
            return replace(self, warmup=f"{rounds * int(average_every.split()[0])} steps")
        return replace(self, warmup=rounds * average_every)

    def _after(
        self, step: NDArray[np.float64], total: int, rows_per_step: int, steps_per_epoch: float
    ) -> NDArray[np.float64]:
        if self.kind == "cosine":
            return 0.5 * (1 + np.cos(math.pi * step / max(total, 1)))
        if self.kind == "coslog4":
            return 0.5 * (1 - np.cos(2 * math.pi * np.log2(1 + 15 * step / max(total, 1))))
        if self.kind == "invscaling":
            return (step * rows_per_step + 1.0) ** -self.power
        if self.kind == "step":
            return self.shrink ** np.floor((step + 1e-9) / (self.every * steps_per_epoch))
        if self.kind == "one_cycle":
            done = step / max(total - 1, 1)
            up = _glide(START, 1.0, done / TOP)
            return np.where(done < TOP, up, _glide(1.0, END, (done - TOP) / (1 - TOP)))
        return np.ones(len(step))


SCHEDULE: Family[Schedule] = Family("learning rate schedule")
for _kind in SCHEDULES:
    SCHEDULE.member(_kind)(partial(Schedule, kind=_kind))


def _glide(start: float, end: float, part: NDArray[np.float64]) -> NDArray[np.float64]:
    return end + (start - end) * 0.5 * (1 + np.cos(math.pi * np.clip(part, 0, 1)))
