"""When training ends before its last epoch, and which weights it ends with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastavg.options import (
    RATE,
    Check,
    Family,
    above,
    at_least,
    check_options,
    one_of,
    option,
    optional,
    whole,
)

STOPPING: Family[Stopping] = Family("stopping")
TENTH = 0.1
BEST = Check(lambda value: value in ("auto", True, False), "be 'auto', True or False")


@STOPPING.member("stopping")
@dataclass(frozen=True)
class Stopping:
    """Early stopping, the best weights, and a limit of time.

    Parameters
    ----------
    early : bool
        Hold out rows, and end training when their score no longer improves.
    metric : str
        Metric of the held-out rows: ``auto`` is the accuracy for classes and R squared for numbers.
    patience : float
        Epochs without an improvement after which training ends; may be infinite.
    tol : float
        Smallest change of the score that counts as an improvement.
    restore_best : bool or str
        Whether the model gets the weights of the best epoch; ``auto``: if rows are held out.
    combine : str
        How to combine the centers of the last epochs after training: ``uniform`` takes the mean of
        all, ``greedy`` starts with the best one and adds others as long as the score of the
        held-out rows does not fall. The model has the combination only if it scores higher than the
        best epoch. ``none``: no combination.
    combine_last : int
        Number of last epochs whose centers are combined; each costs a vector of memory.
    max_seconds : float, optional
        Training ends after the round in which this time is over.
    validation_size : float, optional
        Fraction of the training rows that is held out and scored after every epoch, if no
        validation rows are given; if not given, 0.1 with early stopping and 0 without.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Stopping(early=True).patience
    10
    """

    early: bool = option(
        False, check=one_of(True, False), flag="--early-stopping", sklearn="early_stopping",
        help="Hold out rows, and stop when their score no longer improves",
    )
    metric: str = option("auto", sklearn="scoring")
    patience: float = option(
        10, check=optional(whole(1), math.inf, "infinity"), flag="--patience",
        sklearn="n_iter_no_change", unit="epochs",
        help="Epochs without an improvement after which --early-stopping ends training",
    )
    tol: float = option(1e-4, check=at_least(0), sklearn="tol")
    restore_best: bool | str = option("auto", check=BEST, sklearn="restore_best")
    combine: str = option("none", check=one_of("none", "uniform", "greedy"))
    combine_last: int = option(10, check=whole(2), unit="epochs")
    max_seconds: float | None = option(
        None, check=optional(above(0)), flag="--max-seconds", sklearn="max_seconds",
        unit="seconds", help="End training after the round in which this time is over",
    )
    validation_size: float | None = option(
        None, check=optional(RATE), flag="--validation-size", sklearn="validation_fraction",
        help="Fraction of the training rows to score after every epoch; 0.1 with --early-stopping",
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def held_out(self) -> float:
        """Part of the training rows to hold out; 0 for none."""
        if self.validation_size is not None:
            return self.validation_size
        return TENTH if self.early else 0.0
