"""Algorithms: how the work of many workers becomes one network, one file each."""

from __future__ import annotations

from fastavg.plan.algorithm import ALGORITHMS
from fastavg.training.algorithms.local_sgd import LocalSGD

__all__ = ["ALGORITHMS", "LocalSGD"]
