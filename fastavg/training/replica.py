"""A worker of an asynchronous algorithm: its own weights, and what it gives to the center."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging import Averaging, Mean
from fastavg.kernels.asynchronous.exchange import (
    add_change,
    draw_together,
    give_and_take,
    keep_change,
)
from fastavg.kernels.blocks.segments import copy
from fastavg.training.shared_center import SharedCenter

Vector = NDArray[np.floating]


class Replica:
    """Weights that train apart from the center, and are brought together with it.

    Parameters
    ----------
    theta : array (size,)
        The worker's weights, in the layout of the center.
    shared : SharedCenter
        The center.
    rule : Averaging
        How the center takes a change in.
    workers : int
        Workers of all ranks, which share the center.

    Attributes
    ----------
    staleness : int
        Pushes of other workers between the last fetch and the last push of this one.
    """

    def __init__(
        self, theta: Vector, shared: SharedCenter, rule: Averaging, workers: int = 1
    ) -> None:
        self.theta, self.shared, self._rule, self.workers = theta, shared, rule, workers
        self._anchor, self._change = np.zeros_like(theta), np.zeros_like(theta)
        # Whether a change waits, and whether theta is the center fetched and its change.
        self._waiting, self._whole = False, True
        self._version = self.staleness = 0

    def fetch(self) -> None:
        """Take the center; a change that is not pushed yet stays to be pushed."""
        keep_change(self.theta, self._anchor, self._change)
        with self.shared.lock:
            copy(self.shared.center, self.theta)
            self._version = self.shared.version
        copy(self.theta, self._anchor)
        self._whole = not self._waiting

    def begin(self) -> None:
        """Take the center, and forget what was not pushed."""
        copy(self.theta, self._anchor)
        self._change[:] = 0
        self._waiting = False
        self.fetch()

    def trained(self) -> None:
        """Note that the weights have moved."""
        self._waiting = True

    def push(self, scale: float = 1.0, by_staleness: bool = False) -> None:
        """Add the accumulated change to the center.

        Parameters
        ----------
        scale : float
            Factor on the change.
        by_staleness : bool
            Divide the change by one more than the staleness too.
        """
        shared, theta = self.shared, self.theta
        whole = self._whole and isinstance(self._rule, Mean)
        keep_change(theta, self._anchor, self._change)
        with shared.lock:
            self.staleness = shared.version - self._version
            if by_staleness:
                scale /= self.staleness + 1
            center = shared.center
            if not isinstance(self._rule, Mean):
                mean = center.copy()
                add_change(mean, self._change, scale)
                with np.errstate(over="ignore", invalid="ignore"):
                    self._rule.step(center, mean, shared.rule, shared.version)
                copy(mean, center)
            elif whole := whole and not self.staleness and scale == 1:
                # Nobody else has moved the center: the sum is theta, without a rounding.
                copy(theta, center)
            else:
                add_change(center, self._change, scale)
            shared.version += 1
        self._change[:] = 0
        # One's own pushes are not stale.
        self._version += 1
        self._waiting, self._whole = False, whole

    def push_and_fetch(self, scale: float = 1.0, by_staleness: bool = False) -> None:
        """Push, then fetch, with the same result and half the way through memory.

        Parameters
        ----------
        scale : float
            Factor on the change.
        by_staleness : bool
            Divide the change by one more than the staleness too.
        """
        if not isinstance(self._rule, Mean):
            self.push(scale, by_staleness)
            self.fetch()
            return
        shared, theta = self.shared, self.theta
        with shared.lock:
            self.staleness = shared.version - self._version
            if by_staleness:
                scale /= self.staleness + 1
            if self._whole and not self.staleness and scale == 1:
                copy(theta, shared.center)
                kept = True
            else:
                give_and_take(theta, self._anchor, self._change, shared.center, scale)
                kept = False
            shared.version += 1
            self._version = shared.version
        if kept:
            copy(theta, self._anchor)
            self._change[:] = 0
        self._waiting, self._whole = False, True

    def draw(self, alpha: float) -> None:
        """Draw weights and center to each other.

        Parameters
        ----------
        alpha : float
            Part of their distance that each moves.
        """
        with self.shared.lock:
            draw_together(self.theta, self.shared.center, alpha)
            self.shared.version += 1
