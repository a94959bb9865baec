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
        Training rows on which both are computed at every average, drawn once by the seed; 0 for
        no comparison, which costs nothing.  Others cost as much as a pass over them for every
        worker, and rounds are trained one by one.
    bad : str
        What becomes of an average whose loss lies above the workers' mean: ``report`` it alone,
        or ``redo`` the round with half the period, down to one step; the shorter one then holds
        until the period is chosen anew, which a fixed one is once an epoch.

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
