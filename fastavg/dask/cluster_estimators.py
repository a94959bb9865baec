"""MLPClassifier and MLPRegressor on a Dask cluster: one rank on each of some workers."""

from __future__ import annotations

import math
from typing import Any, Self

import numpy as np

from fastavg.dask.dask_engine import DaskEngine
from fastavg.engines.cluster_fit import fit_on
from fastavg.engines.estimator_front import ClusterEstimator
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
    **parameters
        Of the local estimator.
    """

    def __init__(
        self, client: Any = None, *, ranks: int | None = None, max_restarts: int = 0,
        **parameters: Any,
    ) -> None:
        super().__init__(max_restarts=max_restarts, **parameters)
        self.client, self.ranks = client, ranks

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
            If a worker is lost more than ``max_restarts`` times.
        """
        client = self._client()
        given = [X, y] if sample_weight is None else [X, y, sample_weight]
        arrays = [_in_rows(each) for each in given]
        parts = [client.compute(list(each.to_delayed().ravel())) for each in arrays]
        sizes = [each.nbytes for each in arrays]
        # An array may not know how many rows it has.
        size = int(sum(sizes)) if math.isfinite(sum(sizes)) else 0
        engine = DaskEngine(client, [*parts, None][:3])
        self.local = fit_on(engine, self.local, self.ranks, self.max_restarts, size)
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
    max_restarts : int, default 0
        How often a fit whose worker is lost goes on from its last checkpoint, to the same
        weights; ``checkpoint_every`` says how often there is one.
    **parameters
        Of :class:`~fastavg.MLPRegressor`; ``workers`` decides the result, ``ranks`` does not.

    Examples
    --------
    >>> DaskMLPRegressor(hidden_layer_sizes=(20,), workers=4).ranks is None
    True
    """

    kind = MLPRegressor


def _in_rows(rows: Any) -> Any:
    if hasattr(rows, "to_dask_array"):
        rows = rows.to_dask_array(lengths=True)
    return rows.rechunk({1: -1}) if rows.ndim > 1 else rows
