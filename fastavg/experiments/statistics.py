"""Means, spreads and crossings over the splits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.experiments.measure import Measured
from fastavg.randomness import generator

LEVEL = 88.0
RESAMPLES = 2000


class Summary(NamedTuple):
    """Mean and standard deviation over splits.

    Parameters
    ----------
    mean : float
        Mean over the splits; NaN without any.
    deviation : float
        Standard deviation over the splits, of a sample.
    splits : int
        How many there are.
    """

    mean: float
    deviation: float
    splits: int

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return self.deviation / math.sqrt(self.splits)


class Crossing(NamedTuple):
    """When a column's mean accuracy reaches a level.

    Parameters
    ----------
    epochs : float or None
        When the mean over the splits reaches the level; None if it does not.
    error : float or None
        Its standard error by resampling the splits (Efron 1979); None if half of the resamples or
        more do not reach the level.
    reached : int
        Splits that reach the level by themselves.
    splits : int
        Splits in all.
    mean : float
        Epochs that those splits need on average.
    mean_error : float
        Standard error of ``mean``.
    """

    epochs: float | None
    error: float | None
    reached: int
    splits: int
    mean: float
    mean_error: float


def summarise(values: Sequence[float]) -> Summary:
    """Mean and standard deviation.

    Parameters
    ----------
    values : sequence of float
        One for each split.

    Examples
    --------
    >>> summarise([1.0, 3.0])
    Summary(mean=2.0, deviation=1.4142135623730951, splits=2)
    """
    numbers = np.asarray(values, np.float64)
    if not numbers.size:
        return Summary(math.nan, math.nan, 0)
    spread = float(numbers.std(ddof=1)) if numbers.size > 1 else 0.0
    return Summary(float(numbers.mean()), spread, numbers.size)


def accuracy_at(runs: Sequence[Measured], epochs: float) -> Summary:
    """Accuracy in per cent.

    Parameters
    ----------
    runs : sequence of Measured
        The runs of one column, split by split.
    epochs : float
        Local epochs since the start; a multiple of the average's period.
    """
    return summarise([100 * run.at("accuracy", epochs) for run in runs])


def seconds_at(runs: Sequence[Measured], epochs: float) -> Summary:
    """Seconds as measured, on the cores that there are.

    Parameters
    ----------
    runs : sequence of Measured
        The runs of one column, split by split.
    epochs : float
        Local epochs since the start; a multiple of the average's period.
    """
    return summarise([run.at("seconds", epochs) for run in runs])


def projected(run: Measured, epochs: float) -> float:
    """Seconds with a core for each worker, computed: each round's slowest worker, then
    averaging.

    One process needs no computing: its seconds are measured.

    Parameters
    ----------
    run : Measured
        The run of one column on one split.
    epochs : float
        Local epochs since the start; a multiple of the average's period.
    """
    if run.workers == 1:
        return run.at("seconds", epochs)
    return run.until("slowest_seconds", epochs) + run.until("averaging_seconds", epochs)


def projected_at(runs: Sequence[Measured], epochs: float) -> Summary:
    """Seconds with a core for each worker, computed.

    Parameters
    ----------
    runs : sequence of Measured
        The runs of one column, split by split.
    epochs : float
        Local epochs since the start; a multiple of the average's period.
    """
    return summarise([projected(run, epochs) for run in runs])


def curves(runs: Sequence[Measured]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Epochs (n,) and accuracy in per cent (splits, n) after every average.

    Parameters
    ----------
    runs : sequence of Measured
        The runs of one column, split by split.
    """
    return np.asarray(runs[0].epochs), 100 * np.array([run.accuracy for run in runs])


def crossing(runs: Sequence[Measured], level: float = LEVEL) -> Crossing:
    """Epochs until the mean accuracy first reaches ``level`` per cent.

    Parameters
    ----------
    runs : sequence of Measured
        The runs of one column, split by split.
    level : float
        Accuracy in per cent.
    """
    epochs, accuracy = curves(runs)
    draws = generator(0, "resampled splits").integers(len(runs), size=(RESAMPLES, len(runs)))
    found = [_first(epochs, accuracy[draw].mean(axis=0), level) for draw in draws]
    known = [each for each in found if each is not None]
    error = float(np.std(known, ddof=1)) if 2 * len(known) > RESAMPLES else None
    single = [_first(epochs, each, level) for each in accuracy]
    reached = summarise([each for each in single if each is not None])
    return Crossing(
        _first(epochs, accuracy.mean(axis=0), level), error, reached.splits, len(runs),
        reached.mean, reached.error if reached.splits else math.nan,
    )


def _first(
    epochs: NDArray[np.float64], accuracy: NDArray[np.float64], level: float
) -> float | None:
    places = np.flatnonzero(accuracy >= level)
    return float(epochs[places[0]]) if places.size else None
