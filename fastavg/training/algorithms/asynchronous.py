"""Asynchronous algorithms: workers run freely and share a center in this host's memory.

.. code-block:: text

    worker 0   fetch --> steps --> push --> steps --> push ...
                 ^                   |
    center       |  one vector in shared memory, moved by whoever comes
                 |                   |
    worker 1   steps --> push ...  fetch --> steps --> push

    ranks      each has a center in its memory; they exchange how their centers have moved
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.options import at_least, check_options, one_of, option, whole
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch

if TYPE_CHECKING:
    from fastavg.training.replica import Replica
    from fastavg.training.session import Session


@dataclass(frozen=True)
class Asynchronous:
    """Common part of Downpour, asynchronous EASGD and Hogwild.

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
    """

    whole_batch: ClassVar[bool] = False
    converges: ClassVar[bool] = False
    kernels: ClassVar[tuple[str, ...]] = ("asynchronous",)
    blocks: ClassVar[tuple[str, ...]] = ()
    in_place: ClassVar[bool] = False
    keeps_replicas: ClassVar[bool] = False

    asynchrony: str = option("real", check=one_of("real", "simulated"))
    spread: float = option(1.0, check=at_least(0))
    between_ranks: int = option(4, check=whole(1), unit="pushes")

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def reproducible(self) -> bool:
        """True if asynchrony is simulated."""
        return self.asynchrony == "simulated"

    @property
    def parts(self) -> int:
        """One: a worker's work is one order."""
        return 1

    def shared_bytes(self, network: Network, plan: Plan, n_workers: int) -> int:
        """Of a shared center, or of the workers' intervals.

        See :meth:`PlannedAlgorithm.shared_bytes`.
        """
        from fastavg.training.interval_slots import interval_bytes
        from fastavg.training.shared_center import shared_bytes

        size = interval_bytes if self.reproducible else shared_bytes
        return size(network, plan, n_workers)

    def check(self, plan: Plan) -> None:
        """Refuse what needs all workers at once; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        name = type(self).__name__
        if not isinstance(plan.solver, MiniBatch):
            raise ConfigError(
                f"solver is {type(plan.solver).__name__}; {name} goes with optimizers such as sgd "
                "or adam"
            )
        if plan.averaging.keeps_replicas:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}; {name} takes changes in one by "
                "one, which no rule with replicas does"
            )

    def train(self, session: Session) -> None:
        """Train until all workers have taken their steps; see :meth:`Algorithm.train`."""
        from fastavg.training.free_run import FreeRun
        from fastavg.training.simulation import Simulation

        if self.reproducible:
            Simulation(session, self).train()
        else:
            FreeRun(session, getattr(self, "warm_start", 0), self.between_ranks).train()

    def next_exchange(self, step: int) -> int:
        """The step after which a worker exchanges next; see :meth:`Exchange.next_exchange`."""
        raise NotImplementedError

    def exchange(self, replica: Replica, step: int, last: bool) -> None:
        """Bring a worker and the center together; see :meth:`Exchange.exchange`."""
        raise NotImplementedError
