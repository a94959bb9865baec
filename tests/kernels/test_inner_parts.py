"""Kernels that others call are compiled as these call them, and found again."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.chunk_mean import chunk_mean
from fastavg.kernels.inner_parts import inner_mean, inner_steps
from fastavg.kernels.network.train_steps import train_steps
from fastavg.kernels.warm_up import warm_up


@pytest.mark.timeout(300)
def test_blocks_call_what_was_compiled_on_its_own():
    zeros = np.zeros(64, "float32")
    inner_mean(zeros)
    inner_steps(zeros)
    before = set(chunk_mean.overloads), set(train_steps.overloads)
    assert all(before)
    warm_up.__wrapped__("float32", "blocks")
    assert before == (set(chunk_mean.overloads), set(train_steps.overloads))
