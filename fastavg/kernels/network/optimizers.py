"""Optimizer steps on one slice of the weights, in place.

``decay`` is the L2 factor already divided by the batch's rows (zero for biases).
``state`` has one row for each vector that the optimizer remembers.  Optimizers that have no
number are called by their address (:mod:`fastavg.kernels.network.called_optimizers`).
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call

NO_UPDATE, SGD, MOMENTUM, NESTEROV, ADAM = -1, 0, 1, 2, 3
# Places in the vector of hyper-parameters.
MOMENTUM_AT, BETA1_AT, BETA2_AT, EPSILON_AT, STEP_AT, WEIGHT_DECAY_AT = range(6)
HYPER_SIZE = 6
# Weights whose gradient is made and used before the next ones: half a first-level cache,
# but so many rows that their product is still quick.
PANEL = 1 << 13
PANEL_ROWS = 64


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
        corrected = number(rate * np.sqrt(1 - beta2**t) / (1 - beta1**t))
        b1, c1, b2, c2 = number(beta1), number(1 - beta1), number(beta2), number(1 - beta2)
        epsilon = number(hyper[EPSILON_AT])
        shrink = number(rate * hyper[WEIGHT_DECAY_AT])
        m, s = state[0, at : at + n], state[1, at : at + n]
        for i in range(n):
            x = g[i] + decay * w[i]
            first = b1 * m[i] + c1 * x
            second = b2 * s[i] + c2 * x * x
            m[i] = first
            s[i] = second
            w[i] -= corrected * first / (np.sqrt(second) + epsilon) + shrink * w[i]
    elif solver != NO_UPDATE:
        remembered = state[0, at : at + n]
        call(solver, (hyper, np.float64(rate), decay, w, n, remembered, state.shape[1], g))
