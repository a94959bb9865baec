"""Optimizer steps on one slice of the weights, in place.

``decay`` is the L2 factor already divided by the batch's rows (zero for biases).
``state`` has one row for each vector that the optimizer remembers.  Optimizers that have no
number are called by their address (:mod:`fastavg.kernels.network.called_optimizers`).

Adam's numbers may be followed by those of blocks of the weights, which divide the vector:

.. code-block:: text

    number of steps in which the decay falls, or 0 | stop, rate, decay | stop, rate, decay | ...

A block ends before its place ``stop``, and multiplies learning rate and weight decay.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call

NO_UPDATE, SGD, MOMENTUM, NESTEROV, ADAM = -1, 0, 1, 2, 3
# Places in the vector of hyper-parameters.
MOMENTUM_AT, BETA1_AT, BETA2_AT, EPSILON_AT, STEP_AT, WEIGHT_DECAY_AT = range(6)
HYPER_SIZE = 6
# After them: where the decay's steps and the first block are; and the numbers of a block.
DECAY_STEPS_AT, BLOCKS_AT, BLOCK_SIZE = HYPER_SIZE, HYPER_SIZE + 1, 3
# Weights whose gradient is made and used before the next ones: a first-level cache of them,
# but so many rows that their product is still quick.
PANEL = 1 << 13
PANEL_ROWS = 128


@kernel
def block_at(hyper, rate, at, stop):
    """The block of the weights that a place is in: where it ends, its rate and its decay.

    Parameters
    ----------
    hyper : array of float64
        Hyper-parameters of Adam, with blocks.
    rate : float
        Learning rate of this step.
    at : int
        The place.
    stop : int
        Where the slice ends that is updated.

    Returns
    -------
    stop : int
        The end of the block, or of the slice if it is before that.
    rate : float
        Learning rate of the block.
    decay : float
        Decoupled weight decay of the block.
    """
    block = BLOCKS_AT
    while hyper[block] <= at:
        block += BLOCK_SIZE
    decay = hyper[WEIGHT_DECAY_AT] * hyper[block + 2]
    if hyper[DECAY_STEPS_AT] > 0:
        # Flat for half of the run, then half a cosine.
        done = (hyper[STEP_AT] - 1) / hyper[DECAY_STEPS_AT]
        decay *= 0.5 * (1 + np.cos(np.pi * max(0.0, 2 * done - 1)))
    return min(stop, np.int64(hyper[block])), rate * hyper[block + 1], decay


@kernel
def update(solver, hyper, rate, decay, w, state, at, g):
    """w <- step(w, g + decay * w); ``state[:, at:at + w.size]`` follows.

    Parameters
    ----------
    solver : int
        Code of the optimizer, the address of its stage, or ``NO_UPDATE``.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer (:mod:`fastavg.kernels.network.optimizers`).
    rate : float
        Learning rate of this step.
    decay : number like w
        L2 factor, divided by the weight of the batch; 0 for biases.
    w : array (n,) of float32 or float64
        A slice of the weights, changed in place.
    state : array (n_vectors, size) like w
        State of the optimizer, changed in place.
    at : int
        Place of the slice in the state's vectors.
    g : array (n,) like w
        The gradient.
    """
    number = w.dtype.type
    n = w.size
    lr = number(rate)
    if solver == SGD:
        for i in range(n):
            w[i] -= lr * (g[i] + decay * w[i])
    elif solver == MOMENTUM:
        mu = number(hyper[MOMENTUM_AT])
        v = state[0, at : at + n]
        for i in range(n):
            step = mu * v[i] - lr * (g[i] + decay * w[i])
            v[i] = step
            w[i] += step
    elif solver == NESTEROV:
        mu = number(hyper[MOMENTUM_AT])
        v = state[0, at : at + n]
        for i in range(n):
            pull = lr * (g[i] + decay * w[i])
            step = mu * v[i] - pull
            v[i] = step
            w[i] += mu * step - pull
    elif solver == ADAM:
        # Kingma and Ba 2015, with the bias corrections folded into the rate; the
        # decoupled decay of Loshchilov and Hutter 2019 where it is not zero.
        beta1, beta2 = hyper[BETA1_AT], hyper[BETA2_AT]
        t = hyper[STEP_AT]
        b1, c1, b2, c2 = number(beta1), number(1 - beta1), number(beta2), number(1 - beta2)
        epsilon = number(hyper[EPSILON_AT])
        start = 0
        while start < n:
            stop, own_rate, own_decay = n, rate, hyper[WEIGHT_DECAY_AT]
            if hyper.size > HYPER_SIZE:
                stop, own_rate, own_decay = block_at(hyper, rate, at + start, at + n)
                stop -= at
            corrected = number(own_rate * np.sqrt(1 - beta2**t) / (1 - beta1**t))
            shrink = number(own_rate * own_decay)
            # Indices from 0 on: the compiler makes vectors of no others, which may be negative.
            p, x_of = w[start:stop], g[start:stop]
            m, s = state[0, at + start : at + stop], state[1, at + start : at + stop]
            for i in range(p.size):
                x = x_of[i] + decay * p[i]
                first = b1 * m[i] + c1 * x
                second = b2 * s[i] + c2 * x * x
                m[i] = first
                s[i] = second
                p[i] -= corrected * first / (np.sqrt(second) + epsilon) + shrink * p[i]
            start = stop
    elif solver != NO_UPDATE:
        remembered = state[0, at : at + n]
        call(solver, (hyper, np.float64(rate), decay, w, n, remembered, state.shape[1], g))
