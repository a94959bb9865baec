"""What a Dask worker does for a fit: hold rank 0's door open, and be a rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.tcp.admission import Admission
from fastavg.communicators.tcp.run_key import RunKey
from fastavg.communicators.tcp.tcp_communicator import TCPCommunicator
from fastavg.estimators import MLPClassifier, MLPRegressor
from fastavg.version import VERSION

# Of the fits whose rank 0 this worker is about to be, by the name of the fit.
_doors: dict[str, Admission] = {}


class Place(NamedTuple):
    """A rank of a fit.

    Attributes
    ----------
    fit : str
        Name of the fit.
    rendezvous : str
        ``host:port`` of rank 0.
    rank : int
        0 to ``size - 1``.
    size : int
        Number of ranks.
    key : RunKey
        Of the fit; a task that fails is logged with its arguments, and a key does not show.
    seconds : float
        How long to wait for the other ranks, in seconds.
    """

    fit: str
    rendezvous: str
    rank: int
    size: int
    key: RunKey
    seconds: float


def version() -> str:
    """The version of fastavg on a worker."""
    return VERSION


def open_door(fit: str, host: str, key: RunKey) -> str:
    """Bind the socket at which the ranks of a fit meet; it is kept until the fit ends.

    Parameters
    ----------
    fit : str
        Name of the fit.
    host : str
        Address of this worker.
    key : RunKey
        Of the fit.

    Returns
    -------
    str
        ``host:port``.
    """
    door = Admission(host, 0, key)
    _doors[fit] = door
    return f"{host}:{door.address[1]}"


def close_door(fit: str) -> None:
    """Release the socket of a fit, if it is still open.

    Parameters
    ----------
    fit : str
        Name of the fit.
    """
    door = _doors.pop(fit, None)
    if door is not None:
        door.close()


def fit_rank(
    estimator: MLPClassifier | MLPRegressor, X: Sequence[NDArray[Any]], y: Sequence[NDArray[Any]],
    weights: Sequence[NDArray[Any]] | None, place: Place,
) -> MLPClassifier | MLPRegressor | None:
    """Be one rank of a fit.

    Parameters
    ----------
    estimator : MLPClassifier or MLPRegressor
        Not fitted.
    X : sequence of array (n, features)
        All rows, in parts.
    y : sequence of array
        Targets of the same parts.
    weights : sequence of array, optional
        Of the rows.
    place : Place
        Which rank.

    Returns
    -------
    estimator or None
        Fitted, on rank 0; the same on all others, which return none.
    """
    ranks = TCPCommunicator(
        place.rendezvous, place.rank, place.size, place.key, place.seconds,
        _doors.pop(place.fit, None) if place.rank == 0 and place.size > 1 else None,
    )
    try:
        estimator.set_params(communicator=ranks).fit(
            np.concatenate(X), np.concatenate(y),
            sample_weight=None if weights is None else np.concatenate(weights),
        )
    except BaseException as error:
        ranks.abort(f"{type(error).__name__}: {error}")
        raise
    ranks.close()
    estimator.set_params(communicator=None)
    return estimator if place.rank == 0 else None
