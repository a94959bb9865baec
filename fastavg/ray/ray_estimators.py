"""MLPClassifier and MLPRegressor on a Ray cluster: one rank in each of some actors."""

from __future__ import annotations

import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import _check_feature_names

from fastavg.engines.cluster_fit import chosen_sampling, fit_on
from fastavg.engines.estimator_front import ClusterEstimator
from fastavg.engines.part_exchange import Part
from fastavg.errors import ConfigError
from fastavg.estimators import MLPClassifier, MLPRegressor
from fastavg.ray.ray_engine import RayEngine


class _OnActors(ClusterEstimator):
    """What both estimators do.

    Parameters
    ----------
    num_actors : int, optional
        Actors to train on; as many as the cluster has room for if not given.
    cpus_per_actor : float, default 1
        CPUs that each of them reserves, and has processes for.
    max_restarts : int, default 0
        How often a fit whose actor is lost goes on from its last checkpoint.
    sampling : str or Sampling, default 'auto'
        As of :class:`RayMLPClassifier`.
    **parameters
        Of the local estimator.
    """

    def __init__(
        self, num_actors: int | None = None, *, cpus_per_actor: float = 1, max_restarts: int = 0,
        sampling: Any = "auto", **parameters: Any,
    ) -> None:
        super().__init__(max_restarts=max_restarts, **parameters)
        self.sampling = sampling
        self.num_actors, self.cpus_per_actor = num_actors, cpus_per_actor

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on the cluster; returns when it is done.

        Fits queue until all their actors can be placed.  All rows go into Ray's object store
        once, and every machine has one copy; with ``sampling="partitions"`` each actor gets the
        rows of its own workers alone.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n, features)
            Rows.
        y : array-like (n,) or (n, outputs)
            Targets.
        sample_weight : array-like (n,), optional
            How much each row counts.

        Returns
        -------
        self
            Fitted.

        Raises
        ------
        ConfigError
            If the cluster has not enough CPUs, or another version of fastavg.
        RankLost
            If an actor is lost more than ``max_restarts`` times.
        """
        if not self.cpus_per_actor > 0:
            raise ConfigError(f"cpus_per_actor is {self.cpus_per_actor}; it must be above 0")
        given = self.local
        if given.processes is None:
            # Ray hands out CPUs, and does not bind actors to them.
            given = copy.copy(given).set_params(processes=max(1, int(self.cpus_per_actor)))
        size = sum(
            int(getattr(each, "nbytes", 0)) for each in (X, y, sample_weight)
            if isinstance(each, np.ndarray)
        )
        engine = RayEngine(Part(X, y, sample_weight), self.cpus_per_actor)

        def sampling(ranks: int) -> Any:
            if self.sampling != "auto":
                return self.sampling
            return chosen_sampling(engine.memory(ranks), size)

        fitted = fit_on(engine, given, self.num_actors, self.max_restarts, size, sampling)
        fitted.processes = self.local.processes
        # Actors that have some rows of a table have its numbers alone.
        _check_feature_names(fitted, X, reset=True)
        self.local = fitted
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Predictions, made here.

        Parameters
        ----------
        X : array-like (n, features)
            Rows.

        Returns
        -------
        array (n,) or (n, outputs)
            Labels, or numbers.
        """
        found: NDArray[Any] = self.local.predict(X)
        return found

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Accuracy, or R squared.

        Parameters
        ----------
        X : array-like (n, features)
            Rows.
        y : array-like (n,) or (n, outputs)
            Their targets.
        sample_weight : array-like (n,), optional
            How much each row counts.
        """
        return float(self.local.score(X, y, sample_weight))


class RayMLPClassifier(_OnActors):
    """:class:`~fastavg.MLPClassifier` on a Ray cluster.

    Each of ``num_actors`` actors is a rank; ranks talk to each other over encrypted
    connections with a key made for the fit (:class:`~fastavg.communicators.TCPCommunicator`),
    which travels as Ray's own messages do.  The weights are those of a local fit with the
    same ``workers``, on any number of actors.

    Parameters
    ----------
    num_actors : int, optional
        Actors to train on; as many as the cluster has room for if not given.
    cpus_per_actor : float, default 1
        CPUs that each of them reserves, and has processes for.
    max_restarts : int, default 0
        How often a fit whose actor is lost goes on from its last checkpoint, to the same
        weights; ``checkpoint_every`` says how often there is one.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        Of :class:`~fastavg.MLPClassifier`; ``workers`` decides the result, ``num_actors`` does
        not.

    Notes
    -----
    With ``sampling="shards"`` every machine gets all rows.  With ``sampling="partitions"`` an actor
    gets the rows of its own workers alone, as even ranges of all, and the weights are those of a
    local fit with this sampling; sparse rows go to every machine whole.

    Examples
    --------
    >>> RayMLPClassifier(num_actors=2, hidden_layer_sizes=(20,), workers=8).num_actors
    2
    """

    kind = MLPClassifier

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Probabilities, made here.

        Parameters
        ----------
        X : array-like (n, features)
            Rows.

        Returns
        -------
        array (n, classes)
            In the order of ``to_local().classes_``.
        """
        found: NDArray[np.floating] = self.to_local().predict_proba(X)
        return found


class RayMLPRegressor(_OnActors):
    """:class:`~fastavg.MLPRegressor` on a Ray cluster; see :class:`RayMLPClassifier`.

    Parameters
    ----------
    num_actors : int, optional
        Actors to train on; as many as the cluster has room for if not given.
    cpus_per_actor : float, default 1
        CPUs that each of them reserves, and has processes for.
    max_restarts : int, default 0
        How often a fit whose actor is lost goes on from its last checkpoint.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        Of :class:`~fastavg.MLPRegressor`; ``workers`` decides the result, ``num_actors`` does
        not.

    Examples
    --------
    >>> RayMLPRegressor(hidden_layer_sizes=(20,), workers=4).num_actors is None
    True
    """

    kind = MLPRegressor
