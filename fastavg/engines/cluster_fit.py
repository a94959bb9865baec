"""A fit on a cluster, from the client's side."""

from __future__ import annotations

import copy
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.communicators.tcp.run_key import RunKey
from fastavg.engines.contract import Engine, Estimator, Job, Room
from fastavg.engines.rank_entry import COPIES_OF_ROWS
from fastavg.errors import ConfigError, RankLost

LOGGER = logging.getLogger(__name__)


def fit_on(
    engine: Engine, estimator: Estimator, ranks: int | None, max_restarts: int,
    row_bytes: int = 0, sampling: Callable[[int], Any] | None = None,
) -> Any:
    """Train on a cluster; after the loss of a rank, again from the last complete round.

    Parameters
    ----------
    engine : Engine
        Starts ranks.
    estimator : MLPClassifier or MLPRegressor
        Not changed.
    ranks : int or None
        Number of ranks; None for as many as the cluster can start now.
    max_restarts : int
        How often to start again if a rank is lost.
    row_bytes : int, default 0
        Size of all rows, in bytes; 0 if it is not known.
    sampling : callable, optional
        Takes the number of ranks; gives the sampling in place of the estimator's.

    Returns
    -------
    MLPClassifier or MLPRegressor
        Fitted; what the engine makes of it where it sends no estimators.

    Raises
    ------
    ConfigError
        If the cluster has not enough workers, or they do not fit.
    RankLost
        If a rank is lost once more than is allowed.
    """
    if not isinstance(max_restarts, int) or max_restarts < 0:
        raise ConfigError(
            f"max_restarts is {max_restarts!r}; it must be a whole number of at least 0"
        )
    fitted = copy.copy(estimator)
    if max_restarts and estimator.random_state is None:
        # Every attempt has to be the same run.
        fitted.random_state = int(np.random.SeedSequence().generate_state(1)[0])
    with engine.queue():
        count = _ranks(engine, ranks)
        if sampling is not None:
            fitted.sampling = sampling(count)
        job = Job(uuid.uuid4().hex, RunKey.make(), fitted, count, row_bytes)
        for attempt in range(max_restarts + 1):
            try:
                result = engine.run(
                    replace(job, attempt=attempt, last=attempt == max_restarts)
                )
                break
            except RankLost as lost:
                if attempt == max_restarts:
                    raise
                # The number of ranks does not change a bit.
                job = replace(job, ranks=max(1, min(job.ranks, engine.slots(job.ranks))))
                LOGGER.warning(
                    "fastavg: %s; restart %d of %d goes on from the last checkpoint on %d ranks",
                    lost, attempt + 1, max_restarts, job.ranks,
                )
    if isinstance(result, type(estimator)):
        result.random_state = estimator.random_state
    return result


def chosen_sampling(rooms: Sequence[Room], row_bytes: int) -> str:
    """Shards if every rank has room for all rows and their copy, partitions if not; says so.

    Parameters
    ----------
    rooms : sequence of Room
        The memory of the worker of each rank.
    row_bytes : int
        Size of all rows, in bytes; 0 if it is not known, and taken to fit.

    Returns
    -------
    str
        ``shards`` or ``partitions``.
    """
    if not row_bytes:
        return "shards"
    needed = COPIES_OF_ROWS * row_bytes
    free = min(
        min(room.memory // sum(other.host == room.host for other in rooms),
            room.memory if room.limit is None else room.limit)
        for room in rooms
    )
    name = "shards" if needed <= free else "partitions"
    LOGGER.log(
        logging.INFO if name == "shards" else logging.WARNING,
        "fastavg: sampling is %s, as all rows and their copy take %.3g GB, and a rank has %.3g GB",
        name, needed / 1e9, free / 1e9,
    )
    return name


def _ranks(engine: Engine, wanted: int | None) -> int:
    if wanted is not None and (not isinstance(wanted, int) or wanted < 1):
        raise ConfigError(
            f"{engine.asks} is {wanted!r}; it must be a whole number of at least 1"
        )
    room = engine.slots(wanted)
    if room < (wanted or 1):
        raise ConfigError(
            f"{engine.asks} is {wanted or 1} and the cluster has room for {room}; each rank needs "
            f"a {engine.worker} of its own"
        )
    return wanted or room
