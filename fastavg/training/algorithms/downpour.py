"""Downpour SGD (Dean et al. 2012): fetch the weights, train, push what has changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastavg.options import one_of, option, whole
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.training.algorithms.asynchronous import Asynchronous

if TYPE_CHECKING:
    from fastavg.training.replica import Replica


@ALGORITHMS.member("downpour")
@dataclass(frozen=True)
class Downpour(Asynchronous):
    """Workers fetch the center, train on it for some steps and push their accumulated change.

    The center takes a change in by the plan's averaging rule, whose gradient is minus the
    change: ``mean`` adds it, ``fedadagrad`` is the paper's Adagrad, and any other rule
    without replicas will do.  An order ends with a push and begins with a fetch.

    Parameters
    ----------
    asynchrony : str
        ``real``: workers do not wait for each other, and the result depends on timing;
        ``simulated``: delays are drawn from the seed, with the same bits for any number of
        processes and ranks.
    spread : float
        With ``simulated``: mean of the random part of an interval's duration, as a multiple of its
        fixed part; with 0 workers take turns.
    between_ranks : int
        With several ranks: pushes of a rank's workers (Hogwild: groups of 8 steps) between two
        exchanges of the rank's center with the others.
    fetch : int
        Steps of a worker between two fetches of the center.
    push : int
        Steps of a worker between two pushes.
    scale : str
        What a change is divided by: ``workers``: their number; ``none``: nothing, as in the paper;
        ``staleness``: one plus the number of pushes of others since the fetch (DynSGD); ``steps``:
        the number of steps in which it was accumulated (ADAG).
    warm_start : int
        Rounds that worker 0 trains alone before the others begin.

    Notes
    -----
    J. Dean et al., *Large Scale Distributed Deep Networks*, NIPS 2012; staleness: J. Jiang,
    B. Cui, C. Zhang and L. Yu, *Heterogeneity-aware Distributed Parameter Servers*, SIGMOD 2017.

    Examples
    --------
    >>> Downpour(fetch=10, push=5).next_exchange(7)
    10
    """

    fetch: int = option(1, check=whole(1), unit="steps")
    push: int = option(1, check=whole(1), unit="steps")
    scale: str = option("workers", check=one_of("none", "staleness", "steps", "workers"))
    warm_start: int = option(0, check=whole(0), unit="rounds")

    def next_exchange(self, step: int) -> int:
        """The next fetch or push; see :meth:`Exchange.next_exchange`."""
        return step + min(every - step % every for every in (self.fetch, self.push))

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Push, fetch or both; see :meth:`Exchange.exchange`."""
        pushes, fetches = last or step % self.push == 0, not last and step % self.fetch == 0
        steps = step % self.push or self.push
        divisor = {"steps": steps, "workers": replica.workers}.get(self.scale, 1)
        given = 1 / divisor, self.scale == "staleness"
        if pushes and fetches:
            replica.push_and_fetch(*given)
        elif pushes:
            replica.push(*given)
        elif fetches:
            replica.fetch()
