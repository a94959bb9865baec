"""A run: everything that decides its weights, as one object."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.agreement import agree, fingerprint, fingerprint_of, number_of
from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.version import VERSION


@dataclass(frozen=True, eq=False)
class Run:
    """What is trained, how, on which rows, and from where.

    Two runs that are equal in all four end with the same bits, whoever computes them.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        How.
    rows : Rows
        Training rows in the plan's dtype.
    start : array (n_weights,)
        The first weights, in the plan's dtype.
    """

    network: Network
    plan: Plan
    rows: Rows
    start: NDArray[np.floating]


def agree_on(run: Run, communicator: Communicator) -> None:
    """Return if all ranks were given the same run.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Between ranks.

    Raises
    ------
    RankMismatch
        On every rank; names the rank that stands apart and the field.
    """
    if communicator.size == 1:
        return
    plan, rows = run.plan, run.rows
    agree({
        "fastavg version": number_of(VERSION),
        "network": number_of(repr(run.network)),
        **{field.name: number_of(repr(getattr(plan, field.name))) for field in fields(plan)},
        "data": fingerprint(*rows.arrays),
        "start": fingerprint_of(run.start),
    }, communicator)
