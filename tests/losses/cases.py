"""Every loss with an output it goes with, and rows for it."""

from __future__ import annotations

import numpy as np

from fastavg.losses import (
    AbsoluteError,
    CrossEntropy,
    Gamma,
    Hinge,
    Huber,
    LogCosh,
    Poisson,
    Quantile,
    ScaledTanh,
    SquaredError,
)

ELEMENTWISE = [
    (SquaredError(), "identity"), (AbsoluteError(), "identity"), (Huber(0.7), "identity"),
    (Quantile(0.8), "identity"), (LogCosh(), "identity"), (Poisson(), "exponential"),
    (Gamma(), "exponential"), (ScaledTanh(), "margin"),
]
OF_CLASSES = [
    (CrossEntropy(), "softmax"), (CrossEntropy(), "logistic"), (CrossEntropy(0.2), "softmax"),
    (CrossEntropy(0.2), "logistic"), (Hinge(), "margin"), (Hinge(squared=True), "margin"),
]


def rows_of(output, n=25, units=3):
    """Pre-activations and targets."""
    random = np.random.default_rng(3)
    z = random.normal(0, 1.5, (n, units))
    if output == "identity":
        return z, random.normal(0, 1.5, (n, units))
    if output == "exponential":
        return z, random.gamma(1.0, 2.0, (n, units))
    return z, random.integers(0, 2, (n, units)).astype(float)
