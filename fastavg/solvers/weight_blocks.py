"""Factors on learning rate and weight decay for blocks of the weights.

.. code-block:: text

    embeddings    of columns of a table
    scaling       trained factors of embedded columns, such as those of submodels
    hidden        matrices of hidden layers
    outputs       matrix of the last layer
    biases        of all layers
    factors       of units whose activation is parametric
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD
from fastavg.networks.network import Network
from fastavg.options import Check, Family, at_least, check_options, is_number, option

# Beyond every place of a vector.
END = 2.0**53
POWER = Check(lambda value: is_number(value) and 0 <= value <= 1, "be a number from 0 to 1")
WEIGHT_BLOCKS: Family[WeightBlocks] = Family("factors of blocks of the weights")


@WEIGHT_BLOCKS.member("factors")
@dataclass(frozen=True)
class WeightBlocks:
    """A factor for each block of the weights.

    Parameters
    ----------
    embeddings : float
        Factor for the embeddings of a table's columns.
    scaling : float
        Factor for what multiplies embedded columns: trained factors, and those of submodels.
    hidden : float
        Factor for the matrices of hidden layers.
    outputs : float
        Factor for the matrix of the last layer.
    biases : float
        Factor for the biases of all layers.
    factors : float
        Factor for the trained factors of units, which parametric activations have.

    Raises
    ------
    ConfigError
        If a factor is below 0.

    Examples
    --------
    >>> WeightBlocks(biases=0.1).neutral, WeightBlocks().neutral
    (False, True)
    """

    embeddings: float = option(1.0, check=at_least(0))
    scaling: float = option(1.0, check=at_least(0))
    hidden: float = option(1.0, check=at_least(0))
    outputs: float = option(1.0, check=at_least(0))
    biases: float = option(1.0, check=at_least(0))
    factors: float = option(1.0, check=at_least(0))

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def neutral(self) -> bool:
        """True if all factors are 1."""
        return self == NEUTRAL


NEUTRAL = WeightBlocks()


class TrainedVector(NamedTuple):
    """What an optimizer may know of the vector whose steps it takes.

    Attributes
    ----------
    network : Network
        The layers.
    layers : array (n_layers, COLUMNS) of int64
        Where their weights lie (:mod:`fastavg.kernels.network.layout`).
    total_steps : int
        Steps of the whole run.
    """

    network: Network
    layers: NDArray[np.int64]
    total_steps: int


def block_numbers(
    vector: TrainedVector, rates: WeightBlocks, decays: WeightBlocks, fan_in_power: float
) -> NDArray[np.float64]:
    """The blocks of a vector as Adam's loop reads them.

    Parameters
    ----------
    vector : TrainedVector
        Where the blocks are.
    rates : WeightBlocks
        Factors on the learning rate.
    decays : WeightBlocks
        Factors on the weight decay.
    fan_in_power : float
        The rates of the matrices of hidden layers and outputs are divided by this power of their
        number of inputs.

    Returns
    -------
    array (3 * n_blocks,) of float64
        Stop, factor on the rate, factor on the decay of each block, in the order of the vector
        (:mod:`fastavg.kernels.network.optimizers`).
    """
    found: list[tuple[float, float, float]] = []
    parts = iter(vector.network.matrix_parts)
    for row in vector.layers.tolist():
        for name, stop in next(parts) if row[FAN_IN] else ():
            end = row[B_AT] if stop == row[FAN_IN] else row[W_AT] + stop * row[W_LD]
            power = fan_in_power if name in ("hidden", "outputs") else 0.0
            found.append((end, getattr(rates, name) * stop**-power, getattr(decays, name)))
        # What has no matrix stands for factors.
        name = "biases" if row[FAN_IN] else "factors"
        found.append((row[B_AT] + row[FAN_OUT], getattr(rates, name), getattr(decays, name)))
    found.append((END, 1.0, 1.0))
    return np.array(found, np.float64).ravel()

