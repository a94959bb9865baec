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
    """mean <- the next center; ``state[:, at:at + mean.size]`` follows.

    Parameters
    ----------
    code : int
        The address of the rule's loop.
    hyper : array of float64
        The rule's numbers.
    center : array (n,) of float32 or float64
        The center that the workers started from, in this part of the vector.
    mean : array (n,) like center
        The workers' mean in this part, overwritten with the next center.
    state : array (vectors, n_weights) like center
        The rule's state of the whole vector, changed in place; no vectors for a rule without.
    at : int
        Where the part begins in the whole vector.
    """
    n = mean.size
    remembered = state[0, at : at + n] if state.shape[0] else mean
    call(code, (hyper, center, mean, n, remembered, state.shape[1]))


def _outer_momentum(hyper, center, mean, n, state, ld):
    # u <- momentum u + (center - mean); center <- center - rate u, or with Nesterov's look-ahead
    # center - rate (momentum u + center - mean).  Without momentum there is no state.
    before, average = numba.carray(center, n), numba.carray(mean, n)
    own = numba.carray(hyper, 3)
    number = type(average[0])
    momentum, rate = number(own[0]), number(own[1])
    if own[0] == 0:
        for i in range(n):
            average[i] = before[i] - rate * (before[i] - average[i])
        return
    velocity = numba.carray(state, n)
    for i in range(n):
        gradient = before[i] - average[i]
        moved = velocity[i] * momentum + gradient
        velocity[i] = moved
        if own[2] != 0:
            moved = gradient + momentum * moved
        average[i] = before[i] - rate * moved


# The momentum, the rate, and whether the step looks ahead.
OUTER_MOMENTUM = Stage("rule", _outer_momentum, "outer-momentum", exact=True)
