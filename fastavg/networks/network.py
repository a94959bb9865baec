"""A network: what turns one flat vector into a function."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.aligned import aligned
from fastavg.networks.custom import CustomActivation
from fastavg.networks.initialization import fill_of
from fastavg.networks.parametric_activations import PREFIX, base_of, is_known, is_parametric
from fastavg.options import is_whole
from fastavg.randomness import generator

OUTPUTS = {"softmax": 0, "logistic": 1, "identity": 2, "exponential": 3, "margin": 4}
Activation = str | CustomActivation


@dataclass(frozen=True)
class Network:
    """Layer sizes, activations and output of a dense feed-forward network.

    Parameters
    ----------
    layer_sizes : sequence of int
        Units of every layer, inputs first and outputs last; two or more.
    activation : str or CustomActivation, or a sequence of them
        ``identity``, ``logistic``, ``tanh``, ``relu``, ``leaky_relu`` (0.01 z below zero),
        ``elu`` (exp(z) - 1 below zero), ``gelu`` (z times the normal distribution function,
        the exact form), ``silu`` (z times its logistic), ``softplus`` (log(1 + exp(z))),
        ``selu`` (1.0507 z, and 1.7581 (exp(z) - 1) below zero), ``mish`` (z tanh(softplus(z)))
        or ``lecun_tanh`` (1.7159 tanh(2z/3)), or functions of your own
        (:class:`fastavg.CustomActivation`), for all hidden layers, or one for each of them.
        ``parametric_relu`` and so on have a trained factor for each unit
        (:mod:`fastavg.networks.parametric_activations`).
    output : str
        ``softmax`` (with cross-entropy), ``logistic`` (binary cross-entropy for each
        output), ``identity`` (half the squared error), ``exponential`` (the Poisson
        deviance) or ``margin`` (classes by the hinge loss, without probabilities);
        :class:`fastavg.Plan` can name another loss.

    Raises
    ------
    ConfigError
        If a size, an activation or the output is unknown or impossible.

    Examples
    --------
    >>> network = Network((4, 3, 2), activation="tanh")
    >>> network.n_weights
    23
    >>> [weights.shape for weights, biases in network.views(network.initial_weights(seed=0))]
    [(4, 3), (3, 2)]
    """

    layer_sizes: tuple[int, ...]
    activation: Activation | tuple[Activation, ...] = "relu"
    output: str = "softmax"

    def __post_init__(self) -> None:
        given: Any = self.layer_sizes
        given = tuple(given) if isinstance(given, Iterable) else (given,)
        if len(given) < 2 or not all(is_whole(size, 1) for size in given):
            raise ConfigError(
                f"layer sizes are {given}; they must be two or more whole numbers of at least 1"
            )
        sizes = tuple(int(size) for size in given)
        object.__setattr__(self, "layer_sizes", sizes)
        if not isinstance(self.activation, (str, CustomActivation)):
            object.__setattr__(self, "activation", tuple(self.activation))
        hidden = len(sizes) - 2
        if isinstance(self.activation, tuple) and len(self.activation) != hidden:
            raise ConfigError(
                f"{len(self.activation)} activations were given for {hidden} hidden layers; "
                "give one name for all of them or one for each"
            )
        for name in self.activations[:-1]:
            if not isinstance(name, CustomActivation) and not is_known(name):
                raise ConfigError(
                    f"activation {name!r} is unknown; choose {_names(ACTIVATIONS)}, or one of them "
                    f"with {PREFIX} before it, for factors that are trained"
                )
        if self.output not in OUTPUTS:
            raise ConfigError(f"output {self.output!r} is unknown; choose {_names(OUTPUTS)}")
        if self.output == "softmax" and sizes[-1] < 2:
            raise ConfigError("a softmax output needs two units or more; one class each")

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of every layer; the last one's is the identity."""
        hidden = len(self.layer_sizes) - 2
        one = self.activation
        return (*(one if isinstance(one, tuple) else (one,) * hidden), "identity")

    @property
    def shapes(self) -> tuple[tuple[int, int], ...]:
        """(fan_in, fan_out) of every layer."""
        return tuple(zip(self.layer_sizes[:-1], self.layer_sizes[1:], strict=True))

    @property
    def matrix_parts(self) -> tuple[tuple[tuple[str, int], ...], ...]:
        """What the rows of every layer's matrix are: names, each with the row that it ends before.

        ``hidden``, and of the last layer ``outputs``.
        """
        last = len(self.shapes) - 1
        return tuple(
            (("outputs" if index == last else "hidden", fan_in),)
            for index, (fan_in, _) in enumerate(self.shapes)
        )

    @property
    def n_weights(self) -> int:
        """Length of the flat vector."""
        dense = sum(fan_in * fan_out + fan_out for fan_in, fan_out in self.shapes)
        return dense + sum(self._factor_counts)

    @property
    def parametric(self) -> bool:
        """True if the units of a layer have factors."""
        return any(map(is_parametric, self.activations))

    @cached_property
    def _factor_counts(self) -> list[int]:
        sizes = zip(self.layer_sizes[1:], self.activations, strict=True)
        return [units if is_parametric(name) else 0 for units, name in sizes]

    @property
    def flops_per_row(self) -> int:
        """Floating-point operations of one training row, by the textbook count.

        Three products a layer (forward, weight gradient, error handed back), the last
        of which the first layer does not need.
        """
        products = [fan_in * fan_out for fan_in, fan_out in self.shapes]
        return 6 * sum(products) - 2 * products[0]

    def views(
        self, weights: NDArray[np.floating]
    ) -> list[tuple[NDArray[np.floating], NDArray[np.floating]]]:
        """Each layer's W (fan_in x fan_out) and b as views of the flat vector.

        Parameters
        ----------
        weights : array (n_weights,)
            The flat vector.

        Returns
        -------
        list of (array (fan_in, fan_out), array (fan_out,))
            W and b of every layer; they share memory with the vector.

        Raises
        ------
        ConfigError
            If the vector has another length than ``n_weights``.
        """
        return [(matrix, bias) for matrix, bias, _ in self.parts(weights)]

    def parts(
        self, weights: NDArray[np.floating]
    ) -> list[tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.floating]]]:
        """Each layer's W, b, and what stands for the factors of its units, as views.

        Parameters
        ----------
        weights : array (n_weights,)
            The flat vector.

        Returns
        -------
        list of (array (fan_in, fan_out), array (fan_out,), array (fan_out,))
            The third is empty where the activation has no factors
            (:mod:`fastavg.networks.parametric_activations`).

        Raises
        ------
        ConfigError
            If the vector has another length than ``n_weights``.
        """
        if weights.shape != (self.n_weights,):
            raise ConfigError(
                f"the weight vector has shape {weights.shape}; "
                f"this network needs ({self.n_weights},)"
            )
        layers, at = [], 0
        for (fan_in, fan_out), count in zip(self.shapes, self._factor_counts, strict=True):
            stop = at + fan_in * fan_out
            matrix, bias = weights[at:stop].reshape(fan_in, fan_out), weights[stop : stop + fan_out]
            at = stop + fan_out + count
            layers.append((matrix, bias, weights[at - count : at]))
        return layers

    @property
    def member(self) -> Network:
        """The network that predicts: itself, unless several ones are trained in one."""
        return self

    def members(self, weights: NDArray[np.floating]) -> NDArray[np.floating]:
        """The weights of each network that predicts, (n_members, member.n_weights).

        Parameters
        ----------
        weights : array (n_weights,)
            What was trained.
        """
        return weights[None]

    def initial_weights(
        self, seed: int, init: str = "glorot", dtype: DTypeLike = "float32"
    ) -> NDArray[np.floating]:
        """A start drawn from (seed, init).

        Parameters
        ----------
        seed : int
            The same seed gives the same vector.
        init : str
            ``glorot`` (uniform; Glorot and Bengio 2010), ``he`` (normal; He et al. 2015),
            ``lecun`` (normal; LeCun et al. 1998), each with zero biases;
            ``glorot-biases``, the first with biases drawn alike, and narrower for logistic
            units, as scikit-learn does; or
            ``uniform(a, b)`` for weights and biases alike, as in the paper.
        dtype : dtype
            float32 or float64.

        Raises
        ------
        ConfigError
            If ``init`` is unknown.
        """
        random, fill = generator(seed, "initial weights"), fill_of(init)
        weights = aligned(self.n_weights, dtype)
        for matrix, biases in self.views(weights):
            fill(random, matrix, biases, base_of(self.activations[0]))
        return weights

    def as_dict(self) -> dict[str, Any]:
        """The network as plain values, for files and messages."""
        one = self.activation
        activation = [_plain(each) for each in one] if isinstance(one, tuple) else _plain(one)
        return {
            "layer_sizes": list(self.layer_sizes),
            "activation": activation,
            "output": self.output,
        }


def _plain(activation: Activation) -> str | dict[str, str]:
    return activation if isinstance(activation, str) else activation.as_dict()


def _names(known: Iterable[str]) -> str:
    return ", ".join(known)
