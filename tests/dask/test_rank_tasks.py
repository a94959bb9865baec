"""What a Dask worker does for a fit, here without Dask."""

from __future__ import annotations

import socket
import warnings

import numpy as np
import pytest

from fastavg import MLPClassifier
from fastavg.dask.rank_tasks import Place, close_door, fit_rank, open_door, version
from fastavg.errors import RankLost
from fastavg.version import VERSION
from tests.communicators.tcp.groups import KEY, together
from tests.dask.problem import OPTIONS, rows


def fits(*targets):
    """What two ranks return, or their errors."""
    X, _ = rows()
    rendezvous = open_door("a", "127.0.0.1", KEY)

    def rank_of(rank):
        place = Place("a", rendezvous, rank, 2, KEY, 20.0)
        parts = np.array_split(X, 3), np.array_split(targets[rank], 3)
        return lambda: fit_rank(MLPClassifier(**OPTIONS), *parts, None, place)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return together([rank_of(0), rank_of(1)], 60)


def test_rank_0_returns_the_estimator_without_its_communicator():
    X, y = rows()
    fitted, nothing = fits(y, y)
    assert nothing is None
    assert fitted.communicator is None
    assert fitted.predict(X).shape == (2000,)


def test_a_rank_that_fails_ends_the_other():
    _, y = rows()
    lost, error = fits(y, y[:-1])
    assert isinstance(lost, RankLost)
    assert type(error).__name__ in str(lost)


def test_a_door_that_nobody_came_through_is_closed():
    host, port = open_door("b", "127.0.0.1", KEY).split(":")
    close_door("b")
    close_door("b")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def test_the_version():
    assert version() == VERSION
