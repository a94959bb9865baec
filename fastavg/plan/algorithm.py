"""What a plan knows of its algorithm; the algorithms themselves live above, in training.

They are one registry: a file of :mod:`fastavg.training.algorithms` declares its member with
its options, and flags, configuration files, estimators and the reference follow from it.
"""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from fastavg.options import Family


class PlannedAlgorithm(Protocol):
    """The part of an algorithm that can be asked before a run is open.

    Attributes
    ----------
    whole_batch : bool
        True if a step is one of the batches of all workers together, whose rows a penalty is
        divided by; False if every worker takes its own steps.
    converges : bool
        True if it ends by itself where it has converged.
    kernels : tuple of str
        Parts of :func:`fastavg.kernels.warm_up.warm_up` that it needs beside ``training``.
    keeps_replicas : bool
        True if every worker goes on from its own weights and solver state, which a checkpoint
        then holds.
    blocks : tuple of str
        What its blocks are made of: ``rounds`` of model averaging, ``gradients``, or both; none
        if its rounds are no part of blocks.
    """

    whole_batch: ClassVar[bool]
    converges: ClassVar[bool]
    keeps_replicas: ClassVar[bool]
    kernels: ClassVar[tuple[str, ...]]
    blocks: ClassVar[tuple[str, ...]]

    @property
    def reproducible(self) -> bool:
        """False if the result depends on timing."""
        ...

    @property
    def parts(self) -> int:
        """Orders that share a worker's work at the same time, each in a process of its own."""
        ...

    def shared_bytes(self, network: Any, plan: Any, n_workers: int) -> int:
        """Bytes of shared memory that it needs beside the center and the slots.

        Parameters
        ----------
        network : Network
            What is trained.
        plan : Plan
            How.
        n_workers : int
            Workers of this rank.
        """
        ...

    def check(self, plan: Any) -> None:
        """Refuse a plan that this algorithm cannot follow.

        Parameters
        ----------
        plan : Plan
            What a run is to follow.

        Raises
        ------
        ConfigError
        """
        ...


ALGORITHMS: Family[PlannedAlgorithm] = Family("algorithm", "fastavg.training.algorithms")


def local_sgd() -> PlannedAlgorithm:
    """The algorithm of a plan that names none: model averaging.

    Examples
    --------
    >>> local_sgd()
    LocalSGD()
    """
    return ALGORITHMS.make("local-sgd")
