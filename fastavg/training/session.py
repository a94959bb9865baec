"""A session: what every algorithm shares around its rounds."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.agreement import agree, fingerprint, fingerprint_of, number_of
from fastavg.communicators.contract import Communicator
from fastavg.data.rows import TaskData
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.version import VERSION


def shake_hands(
    network: Network, plan: Plan, data: TaskData, start: NDArray[np.floating],
    communicator: Communicator,
) -> None:
    """Return if all ranks agree on the run.

    Raises
    ------
    RankMismatch
        On every rank; names the rank that stands apart and the field.
    """
    if communicator.size > 1:
        agree({
            "fastavg version": number_of(VERSION),
            "network": number_of(repr(network)),
            **{field.name: number_of(repr(getattr(plan, field.name))) for field in fields(plan)},
            "data": fingerprint(data.X, data.Y, data.weights),
            "start": fingerprint_of(start),
        }, communicator)
