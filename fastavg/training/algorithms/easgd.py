"""Asynchronous EASGD (Zhang, Choromanska and LeCun 2015): replicas on a spring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fastavg.averaging import Mean
from fastavg.errors import ConfigError
from fastavg.options import PART, option, whole
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.asynchronous import Asynchronous

if TYPE_CHECKING:
    from fastavg.training.replica import Replica


@ALGORITHMS.member("easgd")
@dataclass(frozen=True)
class EASGD(Asynchronous):
    """Every worker keeps weights of its own; it and the center draw each other now and then.

    Every ``period`` steps, under a lock: ``d = alpha (own - center)``; ``own <- own - d``;
    ``center <- center + d``.  The center is what is published.  With an optimizer with momentum
    it is the paper's EAMSGD.

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
    period : int
        Steps of a worker between two exchanges, the paper's tau.
    alpha : float
        Fraction of their distance by which worker and center move towards each other in an
        exchange; the paper has 0.9 divided by the number of workers.

    Notes
    -----
    S. Zhang, A. Choromanska and Y. LeCun, *Deep learning with Elastic Averaging SGD*, NIPS 2015.

    Examples
    --------
    >>> EASGD(period=4).next_exchange(5)
    8
    """

    keeps_replicas: ClassVar[bool] = True

    period: int = option(10, check=whole(1), unit="steps")
    alpha: float = option(0.45, check=PART)

    def check(self, plan: Plan) -> None:
        """Refuse averaging rules; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        super().check(plan)
        if not isinstance(plan.averaging, Mean):
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; easgd is a rule of its own and "
                "goes with mean"
            )

    def next_exchange(self, step: int) -> int:
        """The next multiple of the period; see :meth:`Exchange.next_exchange`."""
        return step + self.period - step % self.period

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Draw replica and center together; see :meth:`Exchange.exchange`."""
        if step % self.period == 0:
            replica.draw(self.alpha)
