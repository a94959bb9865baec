"""A recorded run: what gives the SHA-256 of its last weights, and on which layouts.

A layout is so many processes of so many ranks, which never changes the weights.  A run is
a second or less and says everything that decides them; its name and what that stands for
stay for ever, and a new run gets a new name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


class Layout(NamedTuple):
    """Processes of each rank, and ranks."""

    processes: int = 1
    ranks: int = 1


ONE, TEAM = (Layout(),), (Layout(1), Layout(3))
RANKS = (Layout(), Layout(ranks=2), Layout(ranks=4))


@dataclass(frozen=True)
class Run:
    """A run: its digest on a layout, and the layouts on which it is computed."""

    digest: Callable[[Layout], str]
    layouts: tuple[Layout, ...] = ONE


def sha256(weights):
    return hashlib.sha256(np.ascontiguousarray(weights).tobytes()).hexdigest()
