"""Layers as matrices, and a forward pass that keeps what every layer was given.

For solvers that look into a network between compiled steps.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.workspace import Workspace
from fastavg.solvers.contract import Job

Vector = NDArray[np.floating]
Matrix = NDArray[np.float64]


class Layer(NamedTuple):
    """Views of one layer's part of a vector.

    Attributes
    ----------
    matrix : array (fan_in, fan_out)
        Weights.
    biases : array (fan_out,)
        Biases.
    """

    matrix: Vector
    biases: Vector


class Pass(NamedTuple):
    """What a forward pass has computed.

    Attributes
    ----------
    inputs : list of array (n_rows, fan_in) of float64
        Of every layer.
    sums : list of array (n_rows, fan_out) of float64
        Pre-activations of every layer.
    """

    inputs: list[Matrix]
    sums: list[Matrix]


def check_dense(job: Job, solver: str) -> None:
    """Refuse rows and activations that only compiled steps know.

    Parameters
    ----------
    job : Job
        What is to be trained.
    solver : str
        Name of the solver, for the message.

    Raises
    ------
    ConfigError
        If rows are sparse, or an activation is a user's own.
    """
    network = job.workspace.network
    if job.X.shape[1] != network.layer_sizes[0]:
        raise ConfigError(f"solver {solver} goes with dense rows, and X is sparse")
    for activation in network.activations[:-1]:
        if not isinstance(activation, str):
            raise ConfigError(
                f"activation {activation.name!r} is a user's own; {solver} goes with those "
                "of fastavg"
            )


def layers_of(space: Workspace, vector: Vector) -> list[Layer]:
    """Every layer of a vector in the workspace's layout, as views.

    Parameters
    ----------
    space : Workspace
        Says where the layers stand.
    vector : array (size,)
        Weights, or something for each of them.
    """
    found = []
    for row in space.layers:
        fan_in, fan_out, width = int(row[FAN_IN]), int(row[FAN_OUT]), int(row[W_LD])
        block = vector[row[W_AT] : row[W_AT] + fan_in * width].reshape(fan_in, width)
        found.append(Layer(block[:, :fan_out], vector[row[B_AT] : row[B_AT] + fan_out]))
    return found


def forward_pass(job: Job, layers: list[Layer], rows: Matrix) -> Pass:
    """Inputs and pre-activations of every layer, in float64.

    Parameters
    ----------
    job : Job
        Whose network it is.
    layers : list of Layer
        Its weights.
    rows : array (n_rows, n_features) of float64
        What goes in.
    """
    inputs, sums = [], []
    names = job.workspace.network.activations
    for layer, name in zip(layers, names, strict=True):
        inputs.append(rows)
        sums.append(rows @ layer.matrix.astype(np.float64) + layer.biases)
        if layer is not layers[-1]:
            rows = np.asarray(ACTIVATIONS[str(name)].value(sums[-1]), np.float64)
    return Pass(inputs, sums)
