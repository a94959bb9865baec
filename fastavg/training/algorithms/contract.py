"""An algorithm: how the work of many workers becomes the next common weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from fastavg.plan.algorithm import PlannedAlgorithm

if TYPE_CHECKING:
    from fastavg.training.session import Session


@runtime_checkable
class Algorithm(PlannedAlgorithm, Protocol):
    """Trains by rounds on an open session; ``session.commit`` makes a round real.

    A frozen dataclass of options, declared as a member of
    :data:`fastavg.plan.algorithm.ALGORITHMS` in a file of this package.
    """

    def train(self, session: Session) -> None:
        """Train until ``session.rounds()`` ends.

        Parameters
        ----------
        session : Session
            An open run.
        """
        ...


class Synchronous:
    """What most algorithms have in common: the same bits again, and a worker's own steps.

    Attributes
    ----------
    whole_batch, converges, keeps_replicas, kernels, blocks
        As for :class:`fastavg.plan.algorithm.PlannedAlgorithm`.
    """

    whole_batch: ClassVar[bool] = False
    converges: ClassVar[bool] = False
    keeps_replicas: ClassVar[bool] = False
    kernels: ClassVar[tuple[str, ...]] = ()
    blocks: ClassVar[tuple[str, ...]] = ()

    @property
    def reproducible(self) -> bool:
        """True: nothing depends on who is first."""
        return True

    @property
    def parts(self) -> int:
        """One: a worker's work is one order."""
        return 1

    def shared_bytes(self, network: Any, plan: Any, n_workers: int) -> int:
        """None; see :meth:`PlannedAlgorithm.shared_bytes`."""
        return 0
