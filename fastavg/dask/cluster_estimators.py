"""MLPClassifier and MLPRegressor on a Dask cluster: one rank on each of some workers."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from fastavg.dask.dask_engine import NAMES, DaskEngine
from fastavg.dask.frame_arrays import array_of
from fastavg.engines.cluster_fit import chosen_sampling, fit_on
from fastavg.engines.estimator_front import ClusterEstimator
from fastavg.errors import DataError
from fastavg.estimators import MLPClassifier, MLPRegressor


class _OnCluster(ClusterEstimator):
    """What both estimators do.

    Parameters
    ----------
    client : distributed.Client, optional
        The current one if not given.
    ranks : int, optional
        Workers to train on; all that the cluster has now if not given.
    max_restarts : int, default 0
        How often a fit whose worker is lost goes on from its last checkpoint.
    sampling : str or Sampling, default 'auto'
        As of :class:`DaskMLPClassifier`.
    **parameters
        Of the local estimator.
    """

    def __init__(
        self, client: Any = None, *, ranks: int | None = None, max_restarts: int = 0,
        sampling: Any = "auto", **parameters: Any,
    ) -> None:
        super().__init__(max_restarts=max_restarts, **parameters)
        self.sampling = sampling
        self.client, self.ranks = client, ranks

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the cluster; returns when it is done.

        Fits of one cluster queue.  With ``sampling="partitions"`` partitions stay with, or are
        computed on, the worker whose rank trains on them; with other schemes every rank gets all
        rows, as each draws from all of them.

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
        DataError
            If a partition cannot be computed, or has other columns or kinds of values than the
            others; names it, and the column of a data frame.
        RankLost
            If a worker is lost more than ``max_restarts`` times.
        """
        client = self._client()
        given = [X, y] if sample_weight is None else [X, y, sample_weight]
        with client.as_current():
            arrays = _aligned([
                _in_rows(each, name) for each, name in zip(given, NAMES, strict=False)
            ])
        sizes = [each.nbytes for each in arrays]
        # An array may not know how many rows it has.
        size = int(sum(sizes)) if math.isfinite(sum(sizes)) else 0
        engine = DaskEngine(client, [*arrays, None][:3])

        def sampling(ranks: int) -> Any:
            if self.sampling != "auto":
                return self.sampling
            return chosen_sampling(engine.memory(ranks), size)

        self.local = fit_on(engine, self.local, self.ranks, self.max_restarts, size, sampling)
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

    def _client(self) -> Any:
        from distributed import default_client

        return self.client or default_client()

    def _lazy(self, name: str, X: Any, width: int | None = None) -> Any:
        # A few rows say what comes of many.
        method = getattr(self.local, name)
        X = X.to_dask_array(lengths=True) if hasattr(X, "to_dask_array") else X
        X = X.rechunk({1: -1})
        few = method(np.zeros((1, X.shape[1]), X.dtype))

        def made(block: Any) -> Any:
            # A partition may have no rows, for which nothing is predicted elsewhere.
            return method(block) if len(block) else few[:0]

        if few.ndim == 1:
            return X.map_blocks(made, dtype=few.dtype, drop_axis=1, meta=few[:0])
        return X.map_blocks(
            made, dtype=few.dtype, chunks=(X.chunks[0], (few.shape[1],)), meta=few[:0]
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
    max_restarts : int, default 0
        How often a fit whose worker is lost goes on from its last checkpoint, to the same
        weights; ``checkpoint_every`` says how often there is one.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        Of :class:`~fastavg.MLPClassifier`; ``workers`` decides the result, ``ranks`` does not.

    Notes
    -----
    With ``sampling="shards"`` every rank gets all rows, so they must fit into the memory of a
    single Dask worker.  With ``sampling="partitions"`` a rank gets the rows of its own workers
    alone: even ranges of the rows in their order, whatever partitions they lie in, so that the
    weights are those of a local fit with this sampling.

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
    max_restarts : int, default 0
        How often a fit whose worker is lost goes on from its last checkpoint, to the same
        weights; ``checkpoint_every`` says how often there is one.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        Of :class:`~fastavg.MLPRegressor`; ``workers`` decides the result, ``ranks`` does not.

    Examples
    --------
    >>> DaskMLPRegressor(hidden_layer_sizes=(20,), workers=4).ranks is None
    True
    """

    kind = MLPRegressor


def _in_rows(rows: Any, name: str) -> Any:
    if hasattr(rows, "to_dask_array"):
        rows = array_of(rows, name)
    elif not math.isfinite(sum(rows.chunks[0])):
        rows.compute_chunk_sizes()
    return rows.rechunk({1: -1}) if rows.ndim > 1 else rows


def _aligned(arrays: list[Any]) -> list[Any]:
    lengths = arrays[0].chunks[0]
    for name, array in zip(NAMES[1:], arrays[1:], strict=False):
        if array.shape[0] != arrays[0].shape[0]:
            raise DataError(
                f"{name} has {array.shape[0]} rows and X {arrays[0].shape[0]}; each row needs one"
            )
    return [arrays[0], *(
        each if each.chunks[0] == lengths else each.rechunk({0: lengths}) for each in arrays[1:]
    )]
