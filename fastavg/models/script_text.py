"""Pieces of the Python files that models are written as: activations, layers, reading arrays."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from fastavg.models.numpy_model import NumpyModel
from fastavg.networks.parametric_activations import Bound, ParametricActivation

HEAD = '''"""A model that fastavg {version} wrote; load() needs {needs} and the file {arrays}."""

import pathlib

import numpy as np

'''
OPEN = """
    path = path or pathlib.Path(__file__).with_suffix(".npz")
    with np.load(path) as file:
        arrays = {name: file[name] for name in file.files}
"""
NUMPY = {
    "identity": "z", "logistic": "1 / (1 + np.exp(-z))", "tanh": "np.tanh(z)",
    "relu": "np.maximum(z, 0)", "leaky_relu": "np.where(z < 0, 0.01 * z, z)",
    "elu": "np.where(z < 0, np.expm1(np.minimum(z, 0)), z)",
    "gelu": "z * 0.5 * (1 + np.vectorize(math.erf)(z / math.sqrt(2)))",
    "silu": "z / (1 + np.exp(-z))", "softplus": "np.logaddexp(z, 0)",
    "lecun_tanh": "1.7159 * np.tanh(2 / 3 * z)",
    "selu": "1.0507009873554805 * np.where(z < 0, 1.6732632423543772 * "
    "np.expm1(np.minimum(z, 0)), z)",
    "mish": "z * np.tanh(np.logaddexp(z, 0))",
}
TORCH = {
    "identity": "z", "logistic": "torch.sigmoid(z)", "tanh": "torch.tanh(z)",
    "relu": "torch.relu(z)", "leaky_relu": "torch.nn.functional.leaky_relu(z, 0.01)",
    "elu": "torch.nn.functional.elu(z)", "gelu": "torch.nn.functional.gelu(z)",
    "silu": "torch.nn.functional.silu(z)", "softplus": "torch.nn.functional.softplus(z)",
    "lecun_tanh": "1.7159 * torch.tanh(2 / 3 * z)",
    "selu": "torch.nn.functional.selu(z)", "mish": "torch.nn.functional.mish(z)",
}


def arrays_of(
    made: NumpyModel, weight: str, bias: str, factor: str = "a{}", *, turned: bool
) -> dict[str, NDArray[Any]]:
    """The weights of all layers by name.

    Parameters
    ----------
    made : NumpyModel
        The network.
    weight, bias, factor : str
        Names, with ``{}`` for the number of the layer; the last one is of the factors less 1 of an
        activation that has any.
    turned : bool
        True for matrices (fan_out, fan_in).

    Returns
    -------
    dict of str to array
        Two or three for each layer, of float64.
    """
    found = {}
    for at, activation in enumerate(made.activations):
        if isinstance(activation, ParametricActivation):
            found[factor.format(at)] = activation.changes
    for at, (matrix, offset) in enumerate(made.layers):
        found[weight.format(at)] = matrix.T.copy() if turned else matrix
        found[bias.format(at)] = offset
    return found


def numpy_layers(made: NumpyModel, several: bool, indent: str) -> str:
    r"""Lines that lead ``z`` through all layers of a network.

    Parameters
    ----------
    made : NumpyModel
        The network.
    several : bool
        True for the arrays of the network number ``member``.
    indent : str
        What stands before each line.

    Returns
    -------
    str
        Lines of Python.

    Examples
    --------
    >>> import numpy as np
    >>> made = NumpyModel(((np.eye(2), np.zeros(2)),), ("identity",), "identity")
    >>> numpy_layers(made, True, "")
    'z = z @ arrays[f"w0_{member}"] + arrays[f"b0_{member}"]\n'
    """
    form = 'f"{}{}_{{member}}"' if several else '"{}{}"'
    lines = []
    for at, name in enumerate(made.activations):
        weight, bias, factor = (form.format(letter, at) for letter in "wba")
        lines.append(f"{indent}z = z @ arrays[{weight}] + arrays[{bias}]\n")
        lines += _activated(name, NUMPY, f"arrays[{factor}]", indent)
    return "".join(lines)


def _activated(
    activation: Bound, forms: dict[str, str], factors: str, indent: str
) -> list[str]:
    if isinstance(activation, ParametricActivation):
        return [
            f"{indent}f = {forms[activation.base.name]}\n",
            f"{indent}z = f + {factors} * (f - z)\n",
        ]
    return [] if activation == "identity" else [f"{indent}z = {forms[activation]}\n"]


def torch_network(made: NumpyModel) -> str:
    """A class ``Network`` with the layers of a network, in PyTorch.

    Parameters
    ----------
    made : NumpyModel
        The network.

    Returns
    -------
    str
        The class.
    """
    sizes = [made.layers[0][0].shape[0], *(matrix.shape[1] for matrix, _ in made.layers)]
    factors = {
        at: len(activation.changes) for at, activation in enumerate(made.activations)
        if isinstance(activation, ParametricActivation)
    }
    lines = [
        "class Network(torch.nn.Module):\n",
        '    """Returns the values of the last layer, before softmax or logistic."""\n\n',
        "    def __init__(self):\n        super().__init__()\n",
        f"        sizes = {sizes}\n",
        "        self.layers = torch.nn.ModuleList([\n"
        "            torch.nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])\n        ])\n",
        *(
            f"        self.factors_{at} = torch.nn.Parameter(torch.zeros({units}))\n"
            for at, units in factors.items()
        ),
        "        self.double()\n\n    def forward(self, z):\n",
    ]
    for at, name in enumerate(made.activations):
        lines.append(f"        z = self.layers[{at}](z)\n")
        lines += _activated(name, TORCH, f"self.factors_{at}", " " * 8)
    if made.output == "exponential":
        lines.append("        z = torch.exp(z)\n")
    return "".join([*lines, "        return z\n"])
