"""A fit on a cluster, from the client's side."""

from __future__ import annotations

import copy
import logging
import uuid
from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.communicators.tcp.run_key import RunKey
from fastavg.engines.contract import Engine, Estimator, Job
from fastavg.errors import ConfigError, RankLost

LOGGER = logging.getLogger(__name__)


def fit_on(
    engine: Engine, estimator: Estimator, ranks: int | None, max_restarts: int,
    row_bytes: int = 0,
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
        job = Job(uuid.uuid4().hex, RunKey.make(), fitted, _ranks(engine, ranks))
        job = replace(job, row_bytes=row_bytes)
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
