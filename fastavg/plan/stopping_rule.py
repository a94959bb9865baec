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
        Hold rows out, and stop when their score no longer rises.
    metric : str
        What is scored: ``auto`` is the accuracy of classes and R squared of numbers.
    patience : float
        Epochs in a row that may pass without an improvement; may be infinite.
    tol : float
        An improvement is larger than this.
    restore_best : bool or str
        End with the weights of the best epoch; ``auto`` does where rows are held out.
    combine : str
        Combine the centers of the last epochs after training: the ``uniform`` mean of all, or a
        ``greedy`` one that takes them up while the score of the held-out rows does not fall;
        the model has it only if it scores higher than the weights without it.  ``none`` does not.
    combine_last : int
        How many epochs' centers are combined; each costs a vector of memory.
    max_seconds : float, optional
        Training ends with the round in which they are over.
    validation_size : float, optional
        Part of the training rows that is held out and scored after every epoch, if no
        validation rows are given; ``TENTH`` with early stopping, and nothing without.

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
        help="Hold rows out, and stop when their score no longer rises",
    )
    metric: str = option("auto", sklearn="scoring")
    patience: float = option(
        10, check=optional(whole(1), math.inf, "infinity"), flag="--patience",
        sklearn="n_iter_no_change", unit="epochs",
        help="Epochs in a row without an improvement, for --early-stopping",
    )
    tol: float = option(1e-4, check=at_least(0), sklearn="tol")
    restore_best: bool | str = option("auto", check=BEST, sklearn="restore_best")
    combine: str = option("none", check=one_of("none", "uniform", "greedy"))
    combine_last: int = option(10, check=whole(2), unit="epochs")
    max_seconds: float | None = option(
        None, check=optional(above(0)), flag="--max-seconds", sklearn="max_seconds",
        unit="seconds", help="Training ends with the round in which they are over",
    )
    validation_size: float | None = option(
        None, check=optional(RATE), flag="--validation-size", sklearn="validation_fraction",
        help="Part of the training rows to score after every epoch; 0.1 with --early-stopping",
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def held_out(self) -> float:
        """Part of the training rows to hold out; 0 for none."""
        if self.validation_size is not None:
            return self.validation_size
        return TENTH if self.early else 0.0
