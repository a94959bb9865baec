"""How the first rounds of a run differ from the others."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.options import POSITIVE, Family, check_options, option, whole

BEGINNINGS: Family[Beginning] = Family("beginning")


@BEGINNINGS.member("beginning")
@dataclass(frozen=True)
class Beginning:
    """First rounds without an average, or with fewer workers.

    Just after random first weights a mean of several workers' weights is a bad network.  Kaldi
    goes on from the best worker alone there, and begins with few workers (Povey, Zhang and
    Khudanpur 2014).

    Parameters
    ----------
    rounds : int
        Number of rounds at the beginning after which all workers continue from the one with the
        lowest training loss, without an average.
    workers : int
        Workers of the first round; 0 for all. Their number grows linearly to that of the plan; the
        rows of workers that do not train yet are left out.
    over : float
        Local epochs in which the number of workers grows.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> ramp = Beginning(workers=2, over=3)
    >>> [ramp.workers_at(epoch, 8) for epoch in (0, 1, 1.5, 3)]
    [2, 4, 5, 8]
    """

    rounds: int = option(0, check=whole(0), sklearn="unaveraged_rounds")
    workers: int = option(0, check=whole(0), sklearn="first_workers")
    over: float = option(1.0, check=POSITIVE, sklearn="workers_ramp", unit="local epochs")

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def active(self) -> bool:
        """True if there is anything that the first rounds do otherwise."""
        return self.rounds > 0 or self.workers > 0

    def workers_at(self, epoch: float, workers: int) -> int:
        """Workers of a round.

        Parameters
        ----------
        epoch : float
            Local epochs before it.
        workers : int
            Of the plan.
        """
        first = min(int(self.workers), workers)
        if not first or epoch >= self.over:
            return workers
        return first + int((workers - first) * epoch / self.over + 1e-9)
