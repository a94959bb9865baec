"""Whether averages are compared with the workers they are made of, and what a bad one leads to."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.errors import ConfigError
from fastavg.options import Family, check_options, one_of, option, whole

GAINS: Family[GainCheck] = Family("gain")


@GAINS.member("gain")
@dataclass(frozen=True)
class GainCheck:
    """The gain of an average: how far its loss lies below the mean of the workers' losses.

    Parameters
    ----------
    rows : int
        Number of training rows, drawn once by the seed, on which the losses of the average and of
        the workers are computed after every round; 0 for no comparison. It costs a forward pass
        over these rows for every worker, and rounds are trained one by one, not in blocks.
    bad : str
        What to do with an average whose loss is above the mean of the workers' losses: ``report``
        it, or ``redo`` the round with half the period, down to one step. The shorter period is kept
        until the period is chosen again; with ``period="fixed"`` that is once an epoch.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> GainCheck(rows=1000, bad="redo").redoes
    True
    """

    rows: int = option(0, check=whole(0), sklearn="gain_rows")
    bad: str = option("report", check=one_of("report", "redo"), sklearn="bad_average")

    def __post_init__(self) -> None:
        check_options(self)
        if self.redoes and not self.rows:
            raise ConfigError("gain.bad is 'redo' and gain.rows is 0; it must be 1 or more")

    @property
    def redoes(self) -> bool:
        """True if a bad average is made again."""
        return self.bad == "redo"
