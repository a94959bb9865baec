"""Averaging rules other than the mean, on a part of the vector.

They are loops that the block calls by their address, with every operation as written: a
part of the vector has the bits that NumPy gives for the whole.
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage, call

MEAN = 0


@kernel
def step_rule(code, hyper, center, mean, state, at):
    """mean <- the next center; ``state[:, at:at + mean.size]`` follows."""
    n = mean.size
    remembered = state[0, at : at + n] if state.shape[0] else mean
    call(code, (hyper, center, mean, n, remembered, state.shape[1]))


def _slow_momentum(hyper, center, mean, n, state, ld):
    # u <- beta u + (center - mean); center <- center - rate u
    before, average, velocity = (
        numba.carray(center, n), numba.carray(mean, n), numba.carray(state, n)
    )
    own = numba.carray(hyper, 2)
    number = type(average[0])
    beta, rate = number(own[0]), number(own[1])
    for i in range(n):
        velocity[i] = velocity[i] * beta + (before[i] - average[i])
        average[i] = before[i] - rate * velocity[i]


STAGES = {"slow-momentum": Stage("rule", _slow_momentum, "slow-momentum", exact=True)}
