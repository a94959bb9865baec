"""What an engine is: something that starts ranks on a cluster and tells them of each other."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from fastavg.communicators.collectives import workers_of
from fastavg.communicators.tcp.run_key import RunKey
from fastavg.estimators import MLPClassifier, MLPRegressor

Estimator = MLPClassifier | MLPRegressor


@dataclass(frozen=True)
class Job:
    """A fit on a cluster, as every rank is told of it.

    Parameters
    ----------
    name : str
        Of the fit; unique.
    key : RunKey
        By which its ranks know each other; not shown by ``repr``.
    estimator : MLPClassifier or MLPRegressor
        Not fitted.
    ranks : int
        Number of ranks.
    row_bytes : int, default 0
        Size of all rows, in bytes; 0 if it is not known.
    attempt : int, default 0
        How often the fit was started before.
    last : bool, default True
        Whether it ends for good if a rank is lost; otherwise every rank keeps a copy of
        the last complete round on its machine.
    own_rows : bool, default False
        Whether each rank gets the rows of its own workers alone.
    seconds : float, default 300
        How long ranks wait for each other, in seconds; a worker may have to finish other work
        first.

    Examples
    --------
    >>> Job("a", RunKey(b""), MLPClassifier(), ranks=2)
    Job(name='a', estimator=MLPClassifier(), ranks=2, row_bytes=0, attempt=0, last=True, \
own_rows=False, seconds=300.0)
    """

    name: str
    key: RunKey = field(repr=False)
    estimator: Estimator
    ranks: int
    row_bytes: int = 0
    attempt: int = 0
    last: bool = True
    own_rows: bool = False
    seconds: float = 300.0

    @property
    def in_parts(self) -> bool:
        """True if a worker draws from its own part of the rows alone."""
        sampling = self.estimator.sampling
        return getattr(sampling, "name", sampling) == "partitions"

    def own_bytes(self, rank: int) -> int:
        """Size of the rows that a rank has, in bytes.

        Parameters
        ----------
        rank : int
            Which one.
        """
        if not self.own_rows:
            return self.row_bytes
        workers = int(self.estimator.workers)
        return self.row_bytes * len(workers_of(rank, self.ranks, workers)) // workers


class Report(NamedTuple):
    """What a worker of the cluster says of itself before it is a rank.

    Attributes
    ----------
    worker : str
        Its name in the cluster.
    host : str
        Name of its machine.
    process : int
        Number of its process there.
    door : str
        ``host:port`` at which the others find it; of rank 0 only, otherwise empty.
    versions : tuple of str
        Of fastavg, numba, NumPy, scikit-learn and Python.
    memory : int
        Bytes that can still be allocated on its machine.
    limit : int or None
        Bytes that the cluster grants this worker; None for no limit.
    rounds : int
        Complete rounds of the fit of which it has a copy; -1 for none.
    """

    worker: str
    host: str
    process: int
    door: str
    versions: tuple[str, ...]
    memory: int
    limit: int | None = None
    rounds: int = -1


class Room(NamedTuple):
    """Memory that a worker of the cluster could have for rows.

    Attributes
    ----------
    host : str
        Name of its machine.
    memory : int
        Bytes that can still be allocated there, by all workers of the machine.
    limit : int or None
        Bytes that the cluster grants this worker; None for no limit.
    """

    host: str
    memory: int
    limit: int | None = None


class Engine(Protocol):
    """Starts ranks on the workers of a cluster.

    An engine calls :func:`fastavg.engines.rank_entry.prepare` on each of ``job.ranks`` workers,
    hands the reports of all to each, with its rows (all of them, or those of its own workers if
    ``job.own_rows``), and calls :func:`fastavg.engines.rank_entry.be_rank`.

    Attributes
    ----------
    worker : str
        What a worker is called, such as ``Dask worker``.
    asks : str
        The parameter by which a user asks for a number of ranks.
    """

    worker: str
    asks: str

    def queue(self) -> AbstractContextManager[Any]:
        """Within it this fit has the cluster's workers, and other fits wait."""
        ...

    def slots(self, wanted: int | None) -> int:
        """How many ranks can be started.

        Parameters
        ----------
        wanted : int or None
            Ranks that are asked for: workers that are about to come are waited for.
        """
        ...

    def run(self, job: Job) -> Any:
        """Start all ranks and wait for them.

        Parameters
        ----------
        job : Job
            The fit.

        Returns
        -------
        object
            What rank 0 returned.

        Raises
        ------
        RankLost
            If a rank is lost: names rank, machine and worker.
        Exception
            What a rank has raised.
        """
        ...
