"""Optimizer steps that the training kernels call, on one slice of the weights, in place.

``hyper`` holds the kernels' own numbers first (:mod:`fastavg.kernels.network.optimizers`), then
the optimizer's, in the order in which they are read here.
"""

from __future__ import annotations

import numba
import numpy as np

from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.optimizers import HYPER_SIZE, STEP_AT

# The numbers of Nadam that are not those of one step.
NADAM_SIZE = 5


def _rmsprop(hyper, rate, decay, w, n, state, ld, g):
    # Tieleman and Hinton 2012; with momentum as in PyTorch, on the scaled gradient.
    weights, gradient, second = numba.carray(w, n), numba.carray(g, n), numba.carray(state, n)
    number = type(weights[0])
    own = numba.carray(hyper, HYPER_SIZE + 3)[HYPER_SIZE:]
    rho, rest, epsilon = number(own[0]), number(1 - own[0]), number(own[1])
    mu, lr = number(own[2]), number(rate)
    if own[2] == 0:
        for i in range(n):
            x = gradient[i] + decay * weights[i]
            second[i] = rho * second[i] + rest * x * x
            weights[i] -= lr * x / (np.sqrt(second[i]) + epsilon)
        return
    velocity = numba.carray(state, ld + n)[ld:]
    for i in range(n):
        x = gradient[i] + decay * weights[i]
        second[i] = rho * second[i] + rest * x * x
        velocity[i] = mu * velocity[i] + x / (np.sqrt(second[i]) + epsilon)
        weights[i] -= lr * velocity[i]


def _adagrad(hyper, rate, decay, w, n, state, ld, g):
    # Duchi, Hazan and Singer 2011; the sum starts from ``initial``, which is added here
    # because state starts from zero.
    weights, gradient, total = numba.carray(w, n), numba.carray(g, n), numba.carray(state, n)
    number = type(weights[0])
    own = numba.carray(hyper, HYPER_SIZE + 2)[HYPER_SIZE:]
    epsilon, initial, lr = number(own[0]), number(own[1]), number(rate)
    for i in range(n):
        x = gradient[i] + decay * weights[i]
        total[i] += x * x
        weights[i] -= lr * x / (np.sqrt(total[i] + initial) + epsilon)


def _nadam(hyper, rate, decay, w, n, state, ld, g):
    # Dozat 2016, with the momentum schedule as PyTorch and Keras have it.
    weights, gradient = numba.carray(w, n), numba.carray(g, n)
    first, second = numba.carray(state, n), numba.carray(state, ld + n)[ld:]
    number = type(weights[0])
    t = numba.carray(hyper, HYPER_SIZE)[STEP_AT]
    own = numba.carray(hyper, HYPER_SIZE + NADAM_SIZE)[HYPER_SIZE:]
    beta1, beta2, pace = own[0], own[1], own[3]
    # The product of the momenta up to every step that is coming.
    place = np.int64(t - own[4]) - 1
    product = numba.carray(hyper, HYPER_SIZE + NADAM_SIZE + place + 1)[-1]
    now = beta1 * (1 - 0.5 * 0.96 ** (t * pace))
    after = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * pace))
    fresh = number(rate * (1 - now) / (1 - product))
    carried = number(rate * after / (1 - product * after))
    b1, c1, b2, c2 = number(beta1), number(1 - beta1), number(beta2), number(1 - beta2)
    spread, epsilon = number(1 / np.sqrt(1 - beta2**t)), number(own[2])
    for i in range(n):
        x = gradient[i] + decay * weights[i]
        m = b1 * first[i] + c1 * x
        s = b2 * second[i] + c2 * x * x
        first[i] = m
        second[i] = s
        weights[i] -= (fresh * x + carried * m) / (np.sqrt(s) * spread + epsilon)


def _schedule_free_sgd(hyper, rate, decay, w, n, state, ld, g):
    # Defazio et al. 2024.  w is y, state is z - y; iterates count by the squares of their rates,
    # which rise evenly over the first ``warm`` steps.
    weights, gradient, apart = numba.carray(w, n), numba.carray(g, n), numba.carray(state, n)
    number = type(weights[0])
    own = numba.carray(hyper, HYPER_SIZE + 3)[HYPER_SIZE:]
    t, beta, warm = numba.carray(hyper, HYPER_SIZE)[STEP_AT], own[0], own[2]
    if t <= warm:
        part = 6 * t / ((t + 1) * (2 * t + 1))
    else:
        part = 1 / ((warm + 1) * (2 * warm + 1) / (6 * warm) + t - warm)
    share, rest = number(part), number(1 - part)
    along, lag = number(rate * (1 - beta * (1 - part))), number(rate * beta)
    shrink = decay + number(own[1])
    for i in range(n):
        x = gradient[i] + shrink * weights[i]
        d = apart[i]
        weights[i] += share * d - along * x
        apart[i] = rest * (d - lag * x)


def _schedule_free_adamw(hyper, rate, decay, w, n, state, ld, g):
    # As schedule_free_sgd, with a gradient that is divided by the root of its second moment.
    weights, gradient, apart = numba.carray(w, n), numba.carray(g, n), numba.carray(state, n)
    second = numba.carray(state, ld + n)[ld:]
    number = type(weights[0])
    own = numba.carray(hyper, HYPER_SIZE + 5)[HYPER_SIZE:]
    t, beta, beta2 = numba.carray(hyper, HYPER_SIZE)[STEP_AT], own[0], own[1]
    warm = own[4]
    if t <= warm:
        part = 6 * t / ((t + 1) * (2 * t + 1))
    else:
        part = 1 / ((warm + 1) * (2 * warm + 1) / (6 * warm) + t - warm)
    share, rest = number(part), number(1 - part)
    along, lag = number(rate * (1 - beta * (1 - part))), number(rate * beta)
    b2, c2, shrink, epsilon = number(beta2), number(1 - beta2), number(own[3]), number(own[2])
    spread = number(1 / np.sqrt(1 - beta2**t))
    for i in range(n):
        x = gradient[i] + decay * weights[i]
        s = b2 * second[i] + c2 * x * x
        second[i] = s
        x = x / (np.sqrt(s) * spread + epsilon) + shrink * weights[i]
        d = apart[i]
        weights[i] += share * d - along * x
        apart[i] = rest * (d - lag * x)


def _divided(hyper, rate, decay, w, n, state, ld, g):
    # Momentum, with a rate for each weight: divided by a number of its own and a common one.
    weights, gradient = numba.carray(w, n), numba.carray(g, n)
    velocity, divisor = numba.carray(state, n), numba.carray(state, ld + n)[ld:]
    number = type(weights[0])
    own = numba.carray(hyper, HYPER_SIZE + 2)[HYPER_SIZE:]
    mu, common, lr = number(own[0]), number(own[1]), number(rate)
    for i in range(n):
        x = gradient[i] + decay * weights[i]
        step = mu * velocity[i] - lr * x / (divisor[i] + common)
        velocity[i] = step
        weights[i] += step


STAGES = {
    "rmsprop": Stage("update", _rmsprop, "rmsprop"),
    "adagrad": Stage("update", _adagrad, "adagrad"),
    "nadam": Stage("update", _nadam, "nadam"),
    "schedule-free-sgd": Stage("update", _schedule_free_sgd, "schedule-free-sgd"),
    "schedule-free-adamw": Stage("update", _schedule_free_adamw, "schedule-free-adamw"),
    "divided": Stage("update", _divided, "divided"),
}
