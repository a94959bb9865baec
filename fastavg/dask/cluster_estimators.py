"""MLPClassifier and MLPRegressor on a Dask cluster: one rank on each of some workers.

.. code-block:: text

    client                          worker of rank 0          other workers
      |-- version? ----------------------->|------------------->|
      |-- open a door for this fit ------->|
      |<- its address ---------------------|
      |-- be rank 0: all rows, the key --->|   be rank 1, ...   |
      |                                    |<====== TLS =======>|
      |<- the fitted estimator ------------|
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

import numpy as np

from fastavg.communicators.tcp.run_key import RunKey
from fastavg.dask.rank_tasks import Place, close_door, fit_rank, open_door, version
from fastavg.errors import ConfigError, RankLost
from fastavg.estimators import MLPClassifier, MLPRegressor
from fastavg.version import VERSION

LOOK_SECONDS = 1.0
# A worker may have to finish other work first.
MEETING_SECONDS = 300.0


class _OnCluster:
    """What both estimators do.

    Parameters
    ----------
    client : distributed.Client, optional
        The current one if not given.
    ranks : int, optional
        Workers to train on; all that the cluster has now if not given.
    **parameters
        Of the local estimator.
    """

    kind: ClassVar[type[Any]]

    def __init__(self, client: Any = None, *, ranks: int | None = None, **parameters: Any) -> None:
        self.client, self.ranks = client, ranks
        self.local = self.kind(**parameters)

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the cluster; returns when it is done.

        Fits of one cluster queue.  Every rank gets all rows, as each draws from all of them.

        Parameters
        ----------
        X : dask.array or dask.dataframe (n, features)
            Rows.
        y : dask.array or dask.dataframe (n,) or (n, outputs)
            Targets.
        sample_weight : dask.array (n,), optional
            How much each row counts.

        Returns
        -------
        self
            Fitted.

        Raises
        ------
        ConfigError
            If the cluster has too few workers, or another version of fastavg.
        RankLost
            If a worker is lost.
        """
        from distributed import Lock

        client = self._client()
        given = [X, y] if sample_weight is None else [X, y, sample_weight]
        parts = [client.compute(_parts(each)) for each in given]
        with client.as_current():
            turn = Lock("fastavg-fit")
        with turn:
            self.local = self._fit(client, [*parts, None][:3])
        return self

    def predict(self, X: Any) -> Any:
        """Predictions, made where the rows are, when they are computed.

        Parameters
        ----------
        X : dask.array (n, features)
            Rows.

        Returns
        -------
        dask.array (n,) or (n, outputs)
            Not computed yet.
        """
        return self._lazy("predict", X)

    def to_local(self) -> Any:
        """The fitted estimator of this process, which needs no cluster.

        Returns
        -------
        MLPClassifier or MLPRegressor
            Fitted.
        """
        return self.local

    def _client(self) -> Any:
        from distributed import default_client

        return self.client or default_client()

    def _fit(self, client: Any, parts: list[Any]) -> Any:
        addresses = self._workers(client.scheduler_info(n_workers=-1)["workers"])
        found = client.run(version, workers=addresses)
        for address, other in found.items():
            if other != VERSION:
                raise ConfigError(
                    f"Dask worker {address} has fastavg {other}, and this program has {VERSION}; "
                    "all need the same"
                )
        key, fit, first = RunKey.make(), uuid.uuid4().hex, addresses[:1]
        host = urlsplit(first[0]).hostname
        (rendezvous,) = client.run(open_door, fit, host, key, workers=first).values()
        try:
            futures = {
                client.submit(
                    fit_rank, self.local, *parts,
                    Place(fit, rendezvous, rank, len(addresses), key, MEETING_SECONDS),
                    workers=[address], allow_other_workers=False, retries=0, pure=False,
                    key=f"fastavg-rank-{rank}-{fit}",
                ): address
                for rank, address in enumerate(addresses)
            }
            return _first_rank(client, futures)
        finally:
            if first[0] in client.scheduler_info(n_workers=-1)["workers"]:
                client.run(close_door, fit, workers=first, on_error="ignore")

    def _workers(self, known: Mapping[str, Any]) -> list[str]:
        wanted = len(known) if self.ranks is None else self.ranks
        if not 1 <= wanted <= len(known):
            raise ConfigError(
                f"ranks is {wanted} and the cluster has {len(known)} workers; each rank needs a "
                "worker of its own"
            )
        return sorted(known)[:wanted]

    def _lazy(self, name: str, X: Any, width: int | None = None) -> Any:
        # A few rows say what comes of many.
        method = getattr(self.local, name)
        X = X.to_dask_array(lengths=True) if hasattr(X, "to_dask_array") else X
        X = X.rechunk({1: -1})
        few = method(np.zeros((1, X.shape[1]), X.dtype))
        if few.ndim == 1:
            return X.map_blocks(method, dtype=few.dtype, drop_axis=1, meta=few[:0])
        return X.map_blocks(
            method, dtype=few.dtype, chunks=(X.chunks[0], (few.shape[1],)), meta=few[:0]
        )


class DaskMLPClassifier(_OnCluster):
    """:class:`~fastavg.MLPClassifier` on a Dask cluster.

    Each of ``ranks`` workers of the cluster is a rank; ranks talk to each other over TLS with a
    key made for the fit (:class:`~fastavg.communicators.TCPCommunicator`), which travels to
    the workers as Dask's own messages do.  The weights are those of a local fit with the
    same ``workers``, on any number of ranks.

    Parameters
    ----------
    client : distributed.Client, optional
        The current one if not given.
    ranks : int, optional
        Workers to train on; all that the cluster has now if not given.
    **parameters
        Of :class:`~fastavg.MLPClassifier`; ``workers`` decides the result, ``ranks`` does not.

    Notes
    -----
    Every rank gets all rows, so they must fit into the memory of a single Dask worker:
    the cluster adds processors, not memory.

    Examples
    --------
    >>> DaskMLPClassifier(ranks=2, hidden_layer_sizes=(20,), workers=8).ranks
    2
    """

    kind = MLPClassifier

    def predict_proba(self, X: Any) -> Any:
        """Probabilities, made where the rows are, when they are computed.

        Parameters
        ----------
        X : dask.array (n, features)
            Rows.

        Returns
        -------
        dask.array (n, classes)
            Not computed yet.
        """
        return self._lazy("predict_proba", X)


class DaskMLPRegressor(_OnCluster):
    """:class:`~fastavg.MLPRegressor` on a Dask cluster; see :class:`DaskMLPClassifier`.

    Parameters
    ----------
    client : distributed.Client, optional
        The current one if not given.
    ranks : int, optional
        Workers to train on; all that the cluster has now if not given.
    **parameters
        Of :class:`~fastavg.MLPRegressor`; ``workers`` decides the result, ``ranks`` does not.

    Examples
    --------
    >>> DaskMLPRegressor(hidden_layer_sizes=(20,), workers=4).ranks is None
    True
    """

    kind = MLPRegressor


def _parts(rows: Any) -> list[Any]:
    if hasattr(rows, "to_dask_array"):
        rows = rows.to_dask_array(lengths=True)
    if rows.ndim > 1:
        rows = rows.rechunk({1: -1})
    return list(rows.to_delayed().ravel())


def _first_rank(client: Any, futures: dict[Any, str]) -> Any:
    from distributed import wait

    waiting = list(futures)
    try:
        while waiting:
            try:
                done = wait(waiting, timeout=LOOK_SECONDS, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                done = set()
            for future in done:
                # Raises what the rank has raised.
                if future.status != "finished":
                    _raise(future, list(futures.values()))
                waiting.remove(future)
            # Dask would wait until a lost worker comes back.
            known = client.scheduler_info(n_workers=-1)["workers"]
            for rank, (future, address) in enumerate(futures.items()):
                if future in waiting and address not in known:
                    raise RankLost(f"rank {rank} is lost: Dask worker {address} has ended", rank)
        return next(iter(futures)).result()
    finally:
        client.cancel(waiting)


def _raise(future: Any, addresses: list[str]) -> None:
    error = future.exception()
    if isinstance(error, RankLost) and error.rank is not None:
        lost = RankLost(
            f"{error}; it ran on Dask worker {addresses[error.rank]}", error.rank, error.host
        )
        raise lost from error
    raise error
