"""Hogwild (Niu, Recht, Re and Wright 2011): one vector, many writers, no lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastavg.averaging import Mean
from fastavg.errors import ConfigError
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.asynchronous import Asynchronous

if TYPE_CHECKING:
    from fastavg.training.replica import Replica

# Steps after which a worker notes how far it is, and looks whether training has ended.
STEPS = 8


@ALGORITHMS.member("hogwild")
@dataclass(frozen=True)
class Hogwild(Asynchronous):
    """All workers take their steps on the same weights in shared memory, without a lock.

    Single numbers are written in one piece; where two workers change the same number at the
    same moment, one of the changes can be lost, which the method allows for.  Momentum and the
    like are each worker's own.  Products read a copy of the weights, which a worker takes over
    line by line as it takes its step on them.  With ``asynchrony="simulated"`` a step is computed
    on weights that are late by the schedule, and its change is added.

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

    Notes
    -----
    F. Niu, B. Recht, C. Re and S. J. Wright, *Hogwild! A Lock-Free Approach to Parallelizing
    Stochastic Gradient Descent*, NIPS 2011.

    Examples
    --------
    >>> Hogwild().in_place
    True
    """

    @property
    def in_place(self) -> bool:  # type: ignore[override]
        """True unless asynchrony is simulated."""
        return not self.reproducible

    def check(self, plan: Plan) -> None:
        """Refuse averaging rules, and weights that are kept in two forms.

        See :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        super().check(plan)
        if not isinstance(plan.averaging, Mean):
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; hogwild averages nothing and goes "
                "with mean"
            )
        if plan.regularization.max_change is not None:
            raise ConfigError(
                "max_change bounds a worker's own step, and workers of hogwild move the same "
                "weights; clip_norm goes with it"
            )
        if plan.products not in ("float32", "blas"):
            raise ConfigError(
                f"products is {plan.products}; hogwild goes with float32, for the bfloat16 copy of "
                "the weights would be each worker's own"
            )

    def next_exchange(self, step: int) -> int:
        """The next note of progress; see :meth:`Exchange.next_exchange`."""
        return step + (STEPS - step % STEPS if self.in_place else 1)

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Count the steps on the center itself; see :meth:`Exchange.exchange`."""
        if self.in_place:
            replica.shared.version += 1
        else:
            replica.push()
            if not last:
                replica.fetch()
