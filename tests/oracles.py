"""What the kernels must compute, written the slow and readable way in float64 NumPy."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy.special import ndtr, xlogy


def is_parametric(activation):
    return str(activation).startswith("parametric_")


def base_of(activation):
    return activation.removeprefix("parametric_") if is_parametric(activation) else activation


def layers_of(network, theta):
    """Each layer's W and b, copied out of the flat vector by the sentence in the design."""
    return [(W, b) for W, b, _ in parts_of(network, theta)]


def parts_of(network, theta):
    """Each layer's W, b, and its units' factors, which are 1 where the vector has none."""
    result, at = [], 0
    for fan_in, fan_out, name in zip(
        network.layer_sizes[:-1], network.layer_sizes[1:], network.activations
    ):
        W = np.array(theta[at : at + fan_in * fan_out]).reshape(fan_in, fan_out)
        at += fan_in * fan_out
        b, a = np.array(theta[at : at + fan_out]), np.ones(fan_out)
        at += fan_out
        if is_parametric(name):
            a += 0.1 * np.array(theta[at : at + fan_out])
            at += fan_out
        result.append((W, b, a))
    return result


def activate(name, z, a):
    """The activation of a layer whose units have the factors ``a``."""
    if is_parametric(name):
        return z + a * (ACTIVATE[base_of(name)](z) - z)
    return ACTIVATE[name](z)


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


ACTIVATE = {
    "identity": lambda z: z,
    "logistic": sigmoid,
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "leaky_relu": lambda z: np.where(z < 0, 0.01 * z, z),
    "elu": lambda z: np.where(z < 0, np.expm1(np.minimum(z, 0)), z),
    "gelu": lambda z: z * ndtr(z),
    "silu": lambda z: z * sigmoid(z),
    "softplus": lambda z: np.logaddexp(0, z),
    "lecun_tanh": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "selu": lambda z: 1.0507009873554805 * np.where(
        z < 0, 1.6732632423543772 * np.expm1(np.minimum(z, 0)), z
    ),
    "mish": lambda z: z * np.tanh(np.logaddexp(0, z)),
}
DERIVATIVE = {
    "identity": np.ones_like,
    "logistic": lambda z: sigmoid(z) * (1 - sigmoid(z)),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "relu": lambda z: (z > 0).astype(float),
    "leaky_relu": lambda z: np.where(z > 0, 1, 0.01),
    "elu": lambda z: np.where(z > 0, 1, np.exp(np.minimum(z, 0))),
    "gelu": lambda z: ndtr(z) + z * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi),
    "silu": lambda z: sigmoid(z) * (1 + z * (1 - sigmoid(z))),
    "softplus": sigmoid,
    "lecun_tanh": lambda z: 1.7159 * 2 / 3 * (1 - np.tanh(2 * z / 3) ** 2),
    "selu": lambda z: 1.0507009873554805 * np.where(
        z > 0, 1, 1.6732632423543772 * np.exp(np.minimum(z, 0))
    ),
    "mish": lambda z: np.tanh(np.logaddexp(0, z))
    + z * sigmoid(z) * (1 - np.tanh(np.logaddexp(0, z)) ** 2),
}
PREDICT = {
    "softmax": softmax, "logistic": sigmoid, "identity": lambda z: z, "exponential": np.exp,
    "margin": lambda z: z,
}


def exactly(x):
    """Operands of a product as they are."""
    return x


def bfloat16(x):
    """Rounded to the nearest bfloat16, to even; what float32 holds as subnormal is zero."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    upper = (bits.astype(np.uint64) + 0x7FFF + (bits >> 16 & 1)) >> 16 << 16
    near = upper.astype(np.uint32).view(np.float32).astype(np.float64)
    quiet = np.where(np.isfinite(x), near, x)
    return np.where(np.abs(quiet) < np.finfo(np.float32).tiny, 0, quiet)


def forward(network, theta, X, rounded=exactly):
    """All pre-activations z and all layer inputs a, the batch first.

    ``rounded`` is what happens to the operands of a product.
    """
    zs, inputs = [], [np.asarray(X, np.float64)]
    layers = parts_of(network, np.asarray(theta, np.float64))
    for (W, b, a), name in zip(layers, network.activations):
        zs.append(rounded(inputs[-1]) @ rounded(W) + b)
        inputs.append(activate(name, zs[-1], a))
    return zs, inputs


def predict(network, theta, X):
    z = forward(network, theta, X)[0][-1]
    return PREDICT[network.output](z)


def full_targets(Y, units):
    """One column of class numbers becomes one-hot rows; anything else is itself."""
    Y = np.asarray(Y, np.float64)
    return Y if Y.shape[1] == units else np.eye(units)[Y[:, 0].astype(int)]


def row_losses(network, theta, X, Y):
    z = forward(network, theta, X)[0][-1]
    T = full_targets(Y, network.layer_sizes[-1])
    if network.output == "softmax":
        top = z.max(axis=1, keepdims=True)
        log_p = z - top - np.log(np.exp(z - top).sum(axis=1, keepdims=True))
        return -(T * log_p).sum(axis=1)
    if network.output == "logistic":
        return (np.logaddexp(0, z) - T * z).sum(axis=1)
    if network.output == "exponential":
        return (xlogy(T, T) - T * z - T + np.exp(z)).sum(axis=1)
    if network.output == "margin":
        return hinge(z, T, np.shape(Y)[1] == z.shape[1])[0]
    return 0.5 * ((z - T) ** 2).sum(axis=1)


def hinge(z, T, independent):
    """Loss and derivative of each row: one against the rest, or Crammer and Singer's."""
    if independent:
        short = 1 - (2 * T - 1) * z
        return np.maximum(0, short).sum(axis=1), np.where(short > 0, 1 - 2 * T, 0)
    rival = np.where(T > 0, -np.inf, z).argmax(axis=1)
    each = np.arange(len(z))
    short = 1 + z[each, rival] - (T * z).sum(axis=1)
    derivative = -T.copy()
    derivative[each, rival] = 1
    return np.maximum(0, short), derivative * (short > 0)[:, None]


def derivative_of_loss(network, z, Y):
    """The loss's derivative along z, for an output's own loss."""
    T = full_targets(Y, z.shape[1])
    if network.output == "margin":
        return hinge(z, T, np.shape(Y)[1] == z.shape[1])[1]
    return PREDICT[network.output](z) - T


def loss(network, theta, X, Y, weights=None):
    """Weighted sum of the rows' losses."""
    each = row_losses(network, theta, X, Y)
    return float((each if weights is None else weights * each).sum())


def gradient(network, theta, X, Y, weights=None, l2=0.0, rounded=exactly):
    """Gradient of (weighted loss + l2/2 |W|^2) / summed weight, biases not penalised."""
    zs, inputs = forward(network, theta, X, rounded)
    weights = np.ones(len(X)) if weights is None else np.asarray(weights, np.float64)
    total = weights.sum()
    delta = derivative_of_loss(network, zs[-1], Y) * weights[:, None]
    layers, parts = parts_of(network, np.asarray(theta, np.float64)), []
    for index in range(len(layers) - 1, -1, -1):
        W, _, _ = layers[index]
        parts.append(delta.sum(axis=0) / total)
        product = rounded(inputs[index]).T @ rounded(delta)
        parts.append(((product + l2 * W) / total).ravel())
        if index:
            back = rounded(delta) @ rounded(W).T
            z, name = zs[index - 1], network.activations[index - 1]
            slope = DERIVATIVE[base_of(name)](z)
            if is_parametric(name):
                # With respect to the factors themselves.
                parts.append((back * (ACTIVATE[base_of(name)](z) - z)).sum(axis=0) / total)
                slope = 1 + layers[index - 1][2] * (slope - 1)
            delta = back * slope
    return np.concatenate(parts[::-1])


class SGD:
    """w <- w - rate g."""

    def __init__(self, size):
        pass

    def step(self, w, g, rate):
        return w - rate * g


class Momentum:
    """v <- mu v - rate g; w <- w + v."""

    def __init__(self, size, mu=0.9):
        self.v, self.mu = np.zeros(size), mu

    def step(self, w, g, rate):
        self.v = self.mu * self.v - rate * g
        return w + self.v


class Nesterov(Momentum):
    """As momentum, but the step looks ahead: w <- w + mu v - rate g."""

    def step(self, w, g, rate):
        self.v = self.mu * self.v - rate * g
        return w + self.mu * self.v - rate * g


class RMSProp:
    """Tieleman and Hinton 2012; with momentum on the scaled gradient, as in PyTorch."""

    def __init__(self, size, rho=0.9, epsilon=1e-8, mu=0.0):
        self.s, self.v = np.zeros(size), np.zeros(size)
        self.rho, self.epsilon, self.mu = rho, epsilon, mu

    def step(self, w, g, rate):
        self.s = self.rho * self.s + (1 - self.rho) * g**2
        self.v = self.mu * self.v + g / (np.sqrt(self.s) + self.epsilon)
        return w - rate * self.v


class Adagrad:
    """Duchi, Hazan and Singer 2011."""

    def __init__(self, size, epsilon=1e-10, initial=0.0):
        self.s, self.epsilon = np.full(size, initial), epsilon

    def step(self, w, g, rate):
        self.s = self.s + g**2
        return w - rate * g / (np.sqrt(self.s) + self.epsilon)


class Nadam:
    """Dozat 2016, with PyTorch's momentum schedule."""

    def __init__(self, size, beta_1=0.9, beta_2=0.999, epsilon=1e-8, decay=4e-3):
        self.m, self.s, self.t, self.product = np.zeros(size), np.zeros(size), 0, 1.0
        self.beta_1, self.beta_2, self.epsilon, self.decay = beta_1, beta_2, epsilon, decay

    def momentum(self, t):
        return self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.decay))

    def step(self, w, g, rate):
        self.t += 1
        now, after = self.momentum(self.t), self.momentum(self.t + 1)
        self.product *= now
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.s = self.beta_2 * self.s + (1 - self.beta_2) * g**2
        root = np.sqrt(self.s / (1 - self.beta_2**self.t)) + self.epsilon
        w = w - rate * (1 - now) / (1 - self.product) * g / root
        return w - rate * after / (1 - self.product * after) * self.m / root


class ScheduleFree:
    """Defazio et al. 2024, with all three sequences as vectors; ``step`` moves y."""

    def __init__(self, size, beta=0.9, beta_2=None, epsilon=1e-8, weight_decay=0.0):
        self.x = self.z = None
        self.s, self.t, self.total = np.zeros(size), 0, 0.0
        self.beta, self.beta_2, self.epsilon = beta, beta_2, epsilon
        self.weight_decay = weight_decay

    def step(self, y, g, rate):
        if self.z is None:
            self.x = self.z = y
        self.t += 1
        if self.beta_2 is not None:
            self.s = self.beta_2 * self.s + (1 - self.beta_2) * g**2
            g = g / (np.sqrt(self.s / (1 - self.beta_2**self.t)) + self.epsilon)
        self.z = self.z - rate * (g + self.weight_decay * y)
        self.total += rate**2
        c = rate**2 / self.total
        self.x = (1 - c) * self.x + c * self.z
        return (1 - self.beta) * self.z + self.beta * self.x


class Adam:
    """Kingma and Ba 2015, end of section 2: the order that folds the corrections into the rate."""

    def __init__(self, size, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0):
        self.m, self.s, self.t = np.zeros(size), np.zeros(size), 0
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self.weight_decay = weight_decay

    def step(self, w, g, rate):
        self.t += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.s = self.beta_2 * self.s + (1 - self.beta_2) * g**2
        corrected = rate * math.sqrt(1 - self.beta_2**self.t) / (1 - self.beta_1**self.t)
        move = corrected * self.m / (np.sqrt(self.s) + self.epsilon)
        return w - move - rate * self.weight_decay * w


def decay_mask(network):
    """1 where the weights are, 0 where the biases are."""
    return np.concatenate([
        np.concatenate([np.ones(fan_in * fan_out), np.zeros(fan_out)])
        for fan_in, fan_out in zip(network.layer_sizes[:-1], network.layer_sizes[1:])
    ])


def train(network, theta, X, Y, batches, optimizer, rates, weights=None, l2=0.0):
    """Mini-batch training over batches of row numbers; theta after it and the summed loss."""
    theta, total = np.array(theta, np.float64), 0.0
    for rows, rate in zip(batches, rates, strict=True):
        part = None if weights is None else weights[rows]
        total += loss(network, theta, X[rows], Y[rows], part)
        g = gradient(network, theta, X[rows], Y[rows], part, l2)
        theta = optimizer.step(theta, g, rate)
    return theta, total


def consecutive_batches(n, size):
    return [np.arange(at, min(at + size, n)) for at in range(0, n, size)]


def weighted_mean(slots, shares):
    """Exact rational arithmetic, rounded once to float64."""
    return np.array([
        float(sum(Fraction(share) * Fraction(float(v)) for share, v in zip(shares, column)))
        for column in np.asarray(slots).T
    ])
