"""Outer momentum whose steps of weight matrices are orthogonalised, as Muon's are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.rule import RULES, Rule, Vector
from fastavg.errors import ConfigError
from fastavg.machine.blas_threads import one_thread_of_every_blas
from fastavg.networks.network import Network
from fastavg.options import POSITIVE, RATE, check_options, option, whole

# The quintic of Jordan et al. 2024: singular values come near 1 within a few iterations.
A, B, C = 3.4445, -4.7750, 2.0315


def orthogonalised(matrix: NDArray[np.floating], iterations: int) -> NDArray[np.floating]:
    """A matrix with about the same singular vectors, and singular values near each other.

    Its Frobenius norm is that of the matrix: a step goes as far as before, but no
    direction takes all of it.

    Parameters
    ----------
    matrix : array (m, n)
        Any matrix.
    iterations : int
        Of the Newton-Schulz method.

    Returns
    -------
    array (m, n)
        In the dtype of ``matrix``.

    Examples
    --------
    >>> found = orthogonalised(np.diag([4.0, 1.0]), 5)
    >>> bool(found[0, 0] < 2 * found[1, 1]), float(np.linalg.norm(found).round(6))
    (True, 4.123106)
    """
    number, size = matrix.dtype.type, float(np.linalg.norm(matrix))
    if size == 0:
        return matrix
    x = matrix / number(size)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    for _ in range(iterations):
        square = x @ x.T
        x = number(A) * x + (number(B) * square + number(C) * (square @ square)) @ x
    x = x if wide else x.T
    return np.asarray(x * number(size / float(np.linalg.norm(x))), matrix.dtype)


@RULES.member("muloco")
@dataclass(frozen=True)
class MuLoCo(Rule):
    """DiLoCo's outer Nesterov momentum, with orthogonalised steps of the hidden matrices.

    The output layer's weights and all biases take DiLoCo's step.

    Parameters
    ----------
    rate : float
        Outer learning rate; above 0.
    momentum : float
        Outer momentum; at least 0 and below 1.
    iterations : int
        Iterations of the Newton-Schulz method, at least 1.
    shapes : tuple of (int, int)
        Inputs and units of every layer; :meth:`for_network` fills them in.  Without them all
        weights take DiLoCo's step.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Notes
    -----
    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; Therien et
    al. 2025, "MuLoCo", whose workers take such steps inside a round.

    Examples
    --------
    >>> MuLoCo().for_network(Network((4, 3, 2))).shapes
    ((4, 3), (3, 2))
    """

    rate: float = option(0.7, check=POSITIVE)
    momentum: float = option(0.9, check=RATE)
    iterations: int = option(5, check=whole(1))
    shapes: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """The velocity, unless there is no momentum."""
        return 1 if self.momentum else 0

    def for_network(self, network: Network) -> MuLoCo:
        """The rule with the network's shapes; see :meth:`Rule.for_network`.

        Raises
        ------
        ConfigError
            If activations of the network have trained factors.
        """
        if network.parametric:
            raise ConfigError(
                f"averaging is muloco and activation is {network.activation}; it goes with "
                "activations without trained factors"
            )
        return replace(self, shapes=tuple(network.shapes))

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """One step along ``center - mean``; see :meth:`Averaging.step`."""
        number = center.dtype.type
        direction = center - mean
        if self.momentum:
            velocity = state[0]
            velocity *= number(self.momentum)
            velocity += direction
            direction += number(self.momentum) * velocity
        at = 0
        with one_thread_of_every_blas():
            for inputs, units in self.shapes[:-1]:
                hidden = direction[at : at + inputs * units].reshape(inputs, units)
                hidden[:] = orthogonalised(hidden, self.iterations)
                at += (inputs + 1) * units
        np.subtract(center, number(self.rate) * direction, out=mean)
