"""The part of the run's segment that blocks need: where it lies, and how long it is."""

import numpy as np
import pytest

from fastavg.machine.shared_memory import Segment
from fastavg.plan.plan import Plan
from fastavg.training.block_memory import LINE, BlockMemory


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_its_arrays_do_not_overlap_and_fill_it(workers, dtype):
    plan = Plan(dtype=dtype, workers=workers)
    size = BlockMemory.size(plan, 48, workers)
    segment = Segment.create(128 + size, "private")
    memory = BlockMemory(segment, 128, plan, 48, workers)
    arrays = [
        memory.words, memory.figures, memory.spent, memory.totals, memory.squares, memory.vectors,
    ]
    assert memory.of_workers.shape == (workers, 3, 48)
    spans = [(array.ctypes.data, array.nbytes) for array in arrays]
    base = segment.array(0, (1,), np.uint8).ctypes.data
    end = base + 128
    for start, length in spans:
        assert start >= end
        assert (start - base) % LINE == 0
        end = start + length
    assert end <= base + 128 + size


def test_gradients_come_before_the_common_vectors():
    plan = Plan(workers=3, algorithm="gradient-averaging")
    segment = Segment.create(BlockMemory.size(plan, 48, 3), "private")
    assert BlockMemory(segment, 0, plan, 48, 3).vectors.shape == (3 + 1 + 2, 48)
