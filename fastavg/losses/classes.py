"""Losses of classes and labels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.losses.contract import LOSSES, Array, Loss, full_targets
from fastavg.networks.elementary import NUMPY
from fastavg.options import RATE, check_options, one_of, option


@LOSSES.member("cross_entropy")
@dataclass(frozen=True)
class CrossEntropy(Loss):
    """Cross-entropy of classes (softmax) or of each output's yes and no (logistic).

    With ``label_smoothing`` e a target t counts as ``t (1 - e) + e / classes`` (Szegedy et
    al. 2016); a logistic output has two classes.

    Parameters
    ----------
    label_smoothing : float
        Fraction of a label's probability that is spread over all classes.

    Examples
    --------
    >>> CrossEntropy().rows(np.array([[0.0, 0.0]]), np.array([[1]]), "softmax").round(4)
    array([0.6931])
    """

    label_smoothing: float = option(0.0, check=RATE, sklearn="label_smoothing")
    outputs: ClassVar[tuple[str, ...]] = ("softmax", "logistic")

    def __post_init__(self) -> None:
        check_options(self)

    def settings(self) -> tuple[float, ...]:
        """The smoothing."""
        return (float(self.label_smoothing),)

    def code(self, output: str, dtype: DTypeLike) -> int:
        """Code of the output's own loss, or the address of the stage; see :meth:`Loss.code`."""
        if not self.label_smoothing:
            return self.outputs.index(output)
        from fastavg.kernels.network.class_losses import STAGES

        return STAGES[f"smooth_{output}"].address(dtype)

    def rows(self, z: Array, Y: Array, output: str) -> NDArray[np.float64]:
        """Loss of each row; see :meth:`Loss.rows`."""
        z, T = np.asarray(z, np.float64), full_targets(Y, z)
        T = T * (1 - self.label_smoothing)
        T += self.label_smoothing / (z.shape[1] if output == "softmax" else 2)
        if output == "logistic":
            logistic: NDArray[np.float64] = (np.logaddexp(0, z) - T * z).sum(axis=1)
            return logistic
        top = z.max(axis=1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(z - top).sum(axis=1))
        softmax: NDArray[np.float64] = T.sum(axis=1) * total - (T * z).sum(axis=1)
        return softmax

    def curvature(self, z: Array, output: str) -> NDArray[np.float64]:
        """``p (1 - p)`` of every probability p; see :meth:`Loss.curvature`."""
        z = np.asarray(z, np.float64)
        if output == "logistic":
            p = NUMPY.logistic(z)
        else:
            p = np.exp(z - z.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
        return np.asarray(p * (1 - p))


@LOSSES.member("hinge")
@dataclass(frozen=True)
class Hinge(Loss):
    """The hinge of margins; ``squared`` or not.

    For classes it is Crammer and Singer's (2001), ``max(0, 1 + highest other z - z of the
    class)``, as Keras' CategoricalHinge; for one unit, or labels that are each yes or no,
    the sum of ``max(0, 1 - y z)`` with y -1 or 1.

    Parameters
    ----------
    squared : bool
        Whether the hinge is squared.

    Examples
    --------
    >>> Hinge().rows(np.array([[2.0, 1.5, 0.0]]), np.array([[0]]), "margin")
    array([0.5])
    """

    squared: bool = option(False, check=one_of(True, False))
    outputs: ClassVar[tuple[str, ...]] = ("margin",)

    def settings(self) -> tuple[float, ...]:
        """1 if it is squared."""
        return (float(self.squared),)

    def code(self, output: str, dtype: DTypeLike) -> int:
        """Address of the stage; see :meth:`Loss.code`."""
        from fastavg.kernels.network.class_losses import STAGES

        return STAGES["hinge"].address(dtype)

    def rows(self, z: Array, Y: Array, output: str) -> NDArray[np.float64]:
        """Loss of each row; see :meth:`Loss.rows`."""
        z, Y = np.asarray(z, np.float64), np.asarray(Y, np.float64)
        if Y.shape[1] == z.shape[1]:
            short = np.maximum(0, 1 - (2 * Y - 1) * z)
        else:
            T = full_targets(Y, z)
            best = np.where(T > 0, -np.inf, z).max(axis=1)
            short = np.maximum(0, 1 + best - (T * z).sum(axis=1))[:, None]
        each: NDArray[np.float64] = (short**2 if self.squared else short).sum(axis=1)
        return each


LOSSES.member("squared_hinge")(partial(Hinge, squared=True))
