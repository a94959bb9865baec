"""When training ends before its last epoch, and which weights it ends with."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fastavg.errors import ConfigError
from fastavg.options import is_number, is_whole


@dataclass(frozen=True)
class Stopping:
    """Early stopping, the best weights, and a limit of time.

    Parameters
    ----------
    early : bool
        Hold rows out, score them after every epoch, and stop when the score no longer rises.
    metric : str
        What is scored: ``auto`` is the accuracy of classes and R squared of numbers.
    patience : float
        Epochs in a row that may pass without an improvement; may be infinite.
    tol : float
        An improvement is larger than this.
    restore_best : bool or str
        End with the weights of the best epoch; ``auto`` does where rows are held out.
    max_seconds : float, optional
        Training ends with the round in which they are over.
    validation_size : float
        Part of the training rows that is held out, if no validation rows are given.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Stopping(early=True).patience
    10
    """

    early: bool = False
    metric: str = "auto"
    patience: float = 10
    tol: float = 1e-4
    restore_best: bool | str = "auto"
    max_seconds: float | None = None
    validation_size: float = 0.1

    def __post_init__(self) -> None:
        if self.patience != math.inf and not is_whole(self.patience, 1):
            raise ConfigError(
                f"patience is {self.patience}; it must be a whole number of at least 1, or infinity"
            )
        if not (is_number(self.tol) and self.tol >= 0):
            raise ConfigError(f"tol is {self.tol}; it must be a number of at least 0")
        if self.restore_best not in ("auto", True, False):
            raise ConfigError(
                f"restore_best is {self.restore_best!r}; it must be 'auto', True or False"
            )
        limit = self.max_seconds
        if limit is not None and not (is_number(limit) and limit > 0):
            raise ConfigError(f"max_seconds is {limit}; it must be a number above 0, or None")
        if not (is_number(self.validation_size) and 0 <= self.validation_size < 1):
            raise ConfigError(
                f"validation_size is {self.validation_size}; it must be at least 0 and below 1"
            )
