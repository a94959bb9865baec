"""Records go through compiled code whole, and an absent one compiles what it would need away."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.blocks.records import ABORTED, Regular, Share, Steps
from fastavg.kernels.jit.decorator import kernel


@kernel
def summary(share, regular, steps):
    if regular is None:
        return share.stop_worker - share.first_worker, 0.0, steps.bounds[-1]
    return share.stop_worker - share.first_worker, regular.limits[0], steps.bounds[-1]


def test_records_keep_their_fields_in_kernels():
    share = Share(0, 2, 5, 0, 1)
    steps = Steps(
        np.zeros((3, 4, 2), np.int64), np.array([0, 4]), np.ones(4), np.zeros(6), 0
    )
    regular = Regular(
        np.zeros((1, 1), np.int64), np.array([0.25]), np.zeros(1), np.zeros(3, np.uint64)
    )
    assert summary(share, None, steps) == (3, 0.0, 4)
    assert summary(share, regular, steps) == (3, 0.25, 4)


def test_no_number_of_rounds_says_aborted():
    assert ABORTED < 0
