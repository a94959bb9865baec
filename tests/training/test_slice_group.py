"""The memory of slices: groups do not overlap."""

from __future__ import annotations

import numpy as np

from fastavg.training.slice_group import group_bytes, group_of
from tests.training.runs import NETWORK, small_plan


def test_groups_have_memory_of_their_own():
    plan = small_plan()
    memory = np.zeros(2 * group_bytes(NETWORK, plan, 3), np.uint8)
    for slot in range(2):
        for view in group_of(memory, NETWORK, plan, 3, slot):
            assert (view == 0).all()
            view[...] = slot + 1
    for slot in range(2):
        group = group_of(memory, NETWORK, plan, 3, slot)
        assert all((view == slot + 1).all() for view in group)
        assert group.parts.shape[:3] == (2, 3, 4)
