"""Copies between the dense center and a block's common vectors: parts, directions, no state."""

import numpy as np

from fastavg.kernels.blocks.gradient_memory import GradientMemory, copy_vectors
from fastavg.kernels.blocks.segments import segments_of
from fastavg.kernels.network.packing import repack
from tests.kernels.blocks.problem import Problem


def memory_of(space, vectors):
    size, none = space.theta.size, np.zeros((1, 1))
    return GradientMemory(
        np.full(size, np.nan, np.float32), np.full((vectors, size), np.nan, np.float32),
        np.zeros((1, size), np.float32), np.zeros(1), np.zeros(1),
        none.astype(np.float32), none.astype(np.float32), np.zeros((1, 1, 3)), np.zeros((1, 3)),
        True, True,
    )


def test_parts_together_are_the_whole_and_a_state_that_is_missing_is_zero():
    problem = Problem()
    space = problem.space()
    segments, memory = segments_of(space.dense, space.layers), memory_of(space, 2)
    n, size = problem.network.n_weights, space.theta.size
    dense = np.arange(2 * n, dtype=np.float32).reshape(2, n)
    for start, stop in ((0, 32), (32, size)):
        copy_vectors(segments, start, stop, memory, dense, False)
    for wide, row in zip((memory.theta, memory.state[0]), dense, strict=True):
        expected = np.full(size, np.nan, np.float32)
        repack(space.dense, row, space.layers, expected)
        np.testing.assert_array_equal(wide, expected)
    assert (memory.state[1] == 0).all()
    back = np.zeros_like(dense)
    copy_vectors(segments, 0, size, memory, back, True)
    np.testing.assert_array_equal(back, dense)
