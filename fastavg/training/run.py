"""A run: everything that decides its weights, as one object."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan


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
