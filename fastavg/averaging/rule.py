"""Averaging rules: what turns the center and the workers' mean into the next center.

The mean of the slots is computed first (:mod:`fastavg.averaging.reduction`); a rule sees
the old center and that mean.  Seen this way a rule is an optimizer whose gradient is
``center - mean``, and plain averaging is a step of SGD with rate 1.

.. code-block:: text

    start       center, own replica  -->  where a worker starts its round
    step        center, mean, state  -->  the next center
    published   center, state        -->  what is validated, saved, predicted with
    in_block    the step as compiled code, for many rounds inside one call
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.networks.network import Network
from fastavg.options import Family

Vector = NDArray[np.floating]


class BlockForm(NamedTuple):
    """A rule's step as compiled code (:mod:`fastavg.kernels.blocks.rules`).

    Parameters
    ----------
    code : int
        The address of its loop; 0 if the mean is the next center.
    numbers : array of float64
        What the loop reads beside the vectors.
    """

    code: int
    numbers: NDArray[np.float64]


class Averaging(Protocol):
    """A rule: a frozen dataclass of options with three functions.

    Attributes
    ----------
    n_vectors : int
        Vectors that the rule remembers between rounds.
    keeps_replicas : bool
        True if workers go on from their own weights, which :meth:`start` then sees.
    """

    keeps_replicas: ClassVar[bool]

    @property
    def n_vectors(self) -> int:
        """Vectors that the rule remembers between rounds."""
        ...

    def start(self, center: Vector, own: Vector, out: Vector) -> None:
        """Write where a worker starts its round to ``out``.

        Parameters
        ----------
        center : array (n_weights,)
            The common weights at the start of the round.
        own : array (n_weights,)
            What the worker left at the end of the last round.
        out : array (n_weights,)
            Receives the weights that the worker starts from.
        """
        ...

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """Turn ``mean`` into the next center, in place; move ``state`` on.

        Parameters
        ----------
        center : array (n_weights,)
            The center that the round started from.
        mean : array (n_weights,)
            The workers' weighted mean; holds the next center afterwards.
        state : array (n_vectors, n_weights)
            Zeros before the first round.
        round : int
            From 0.
        """
        ...

    def in_block(self, dtype: DTypeLike) -> BlockForm | None:
        """The same step as a loop that compiled code calls, for rounds in blocks.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.

        Returns
        -------
        BlockForm or None
            None if there is no such loop: the rule's rounds then are no part of blocks.
        """
        ...

    def published(self, center: Vector, state: Vector) -> Vector:
        """The vector that stands for the run after a round: a view or a new array.

        Parameters
        ----------
        center : array (n_weights,)
            The center after the round.
        state : array (n_vectors, n_weights)
            What the rule remembers after it.
        """
        ...


RULES: Family[Averaging] = Family("averaging", "fastavg.averaging")


@dataclass(frozen=True)
class Rule:
    """What most rules have in common: no memory, every worker starts at the center."""

    keeps_replicas: ClassVar[bool] = False

    @property
    def n_vectors(self) -> int:
        """None."""
        return 0

    def for_network(self, network: Network) -> Rule:
        """The rule that knows the network that it is used for; most need not.

        Parameters
        ----------
        network : Network
            What is trained.
        """
        return self

    def start(self, center: Vector, own: Vector, out: Vector) -> None:
        """Start at the center; see :meth:`Averaging.start`."""
        out[:] = center

    def in_block(self, dtype: DTypeLike) -> BlockForm | None:
        """None; see :meth:`Averaging.in_block`."""
        return None

    def published(self, center: Vector, state: Vector) -> Vector:
        """The center itself; see :meth:`Averaging.published`."""
        return center


@RULES.member("mean")
@dataclass(frozen=True)
class Mean(Rule):
    """The next center is the mean of the workers' weights: the paper's rule.

    Examples
    --------
    >>> import numpy as np
    >>> mean = np.array([1.0, 2.0])
    >>> Mean().step(np.zeros(2), mean, np.zeros((0, 2)), round=0)
    >>> mean
    array([1., 2.])
    """

    def step(self, center: Vector, mean: Vector, state: Vector, round: int) -> None:
        """The mean is the next center as it is; see :meth:`Averaging.step`."""

    def in_block(self, dtype: DTypeLike) -> BlockForm:
        """No loop at all; see :meth:`Averaging.in_block`."""
        return BlockForm(0, np.zeros(0))
