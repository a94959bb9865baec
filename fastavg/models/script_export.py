"""Models as a Python file and an archive of arrays, for NumPy, PyTorch and scikit-learn.

The file has one function, ``load``, which reads the archive beside it; it needs the library
that it is for, and not fastavg.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.c_source import portable
from fastavg.models.committee import Committee, only_network
from fastavg.models.model import Model
from fastavg.models.numpy_model import NumpyModel
from fastavg.models.tabular_model import TabularModel
from fastavg.version import VERSION

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
SKLEARN = ("identity", "logistic", "tanh", "relu")


def export_script(
    model: Model | Committee | TabularModel, to: str, path: str | Path
) -> tuple[Path, Path]:
    """Write a model for another library.

    Parameters
    ----------
    model : Model or Committee
        A trained network, or several.
    to : str
        ``numpy``, ``torch`` or ``sklearn``.
    path : str or path
        The Python file; the arrays go beside it, with the ending ``.npz``.

    Returns
    -------
    tuple of path
        The two files.

    Raises
    ------
    ConfigError
        If the model has no such form.
    OSError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fastavg import Network, Plan, train
    >>> model = train(Network((2, 3, 2)), np.eye(2), [0, 1], Plan(epochs=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     script, arrays = export_script(model, "numpy", f"{folder}/model.py")
    >>> script.name, arrays.suffix
    ('model.py', '.npz')
    """
    if isinstance(model, TabularModel):
        raise ConfigError(
            f"a model of a table has no form in {to}; onnx and c have one, and "
            "fastavg.load_light reads its file with NumPy alone"
        )
    unknown = [each for each in model.network.activations[:-1] if each not in NUMPY]
    if unknown:
        raise ConfigError(f"activation {unknown[0]!r} is a user's own, which has no form in {to}")
    path = Path(path)
    if to == "numpy":
        members = model.models if isinstance(model, Committee) else (model,)
        text, arrays = _numpy([portable(each) for each in members])
    else:
        single = only_network(model, to)
        text, arrays = {"torch": _torch, "sklearn": _sklearn}[to](single, portable(single))
    head = HEAD.format(version=VERSION, needs={"torch": "PyTorch", "sklearn": "scikit-learn"}.get(
        to, "NumPy"
    ), arrays=path.with_suffix(".npz").name)
    if model.classes is not None:
        arrays["classes"] = model.classes
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    write_atomically(path, f"{head}{text}".encode())
    write_atomically(path.with_suffix(".npz"), packed.getvalue())
    return path, path.with_suffix(".npz")


def _arrays(made: NumpyModel, weight: str, bias: str, turned: bool) -> dict[str, NDArray[Any]]:
    found = {}
    for at, (matrix, offset) in enumerate(made.layers):
        found[weight.format(at)] = matrix.T.copy() if turned else matrix
        found[bias.format(at)] = offset
    return found


def _numpy(members: Sequence[NumpyModel]) -> tuple[str, dict[str, NDArray[Any]]]:
    # The function of one network, or the mean of several ones'.
    several, made = len(members) > 1, members[0]
    form, suffix = ('f"{}{{member}}"', "_{}") if several else ('"{}"', "")
    lines = ["import math\n\n\ndef load(path=None):", OPEN,
             f"    def {'one(X, member)' if several else 'predict(X)'}:\n"
             "        z = np.asarray(X, float)\n"]
    mark = "_" if several else ""
    for at, name in enumerate(made.activations):
        weight, bias = (form.format(f"{letter}{at}{mark}") for letter in "wb")
        lines.append(f"        z = z @ arrays[{weight}] + arrays[{bias}]\n")
        if name != "identity":
            lines.append(f"        z = {NUMPY[name]}\n")
    if made.output == "softmax":
        lines.append("        e = np.exp(z - z.max(axis=1, keepdims=True))\n"
                     "        return e / e.sum(axis=1, keepdims=True)\n")
    elif made.output == "logistic":
        lines.append("        return 1 / (1 + np.exp(-z))\n")
    else:
        lines.append(f"        return {'np.exp(z)' if made.output == 'exponential' else 'z'}\n")
    if several:
        lines.append("\n    def predict(X):\n"
                     f"        return sum(one(X, member) for member in range({len(members)})) "
                     f"/ {len(members)}\n")
    lines.append("\n    return predict\n")
    arrays: dict[str, NDArray[Any]] = {}
    for number, each in enumerate(members):
        own = suffix.format(number)
        arrays |= _arrays(each, f"w{{}}{own}", f"b{{}}{own}", turned=False)
    return "".join(lines), arrays


def _torch(model: Model, made: NumpyModel) -> tuple[str, dict[str, NDArray[Any]]]:
    sizes = model.network.layer_sizes
    lines = [
        "import torch\n\n\nclass Network(torch.nn.Module):\n",
        '    """Returns the values of the last layer, before softmax or logistic."""\n\n',
        "    def __init__(self):\n        super().__init__()\n",
        f"        sizes = {list(sizes)}\n",
        "        self.layers = torch.nn.ModuleList([\n"
        "            torch.nn.Linear(n, m) for n, m in zip(sizes[:-1], sizes[1:])\n        ])\n",
        "        self.double()\n\n    def forward(self, z):\n",
    ]
    for at, name in enumerate(made.activations):
        lines.append(f"        z = self.layers[{at}](z)\n")
        if name != "identity":
            lines.append(f"        z = {TORCH[name]}\n")
    if model.network.output == "exponential":
        lines.append("        z = torch.exp(z)\n")
    lines += [
        "        return z\n\n\ndef load(path=None):", OPEN,
        '    arrays.pop("classes", None)\n    network = Network()\n'
        "    network.load_state_dict({\n"
        "        name: torch.from_numpy(array) for name, array in arrays.items()\n    })\n"
        "    return network.train(False)\n",
    ]
    return "".join(lines), _arrays(made, "layers.{}.weight", "layers.{}.bias", turned=True)


def _sklearn(model: Model, made: NumpyModel) -> tuple[str, dict[str, NDArray[Any]]]:
    hidden = sorted(set(made.activations[:-1])) or ["relu"]
    if len(hidden) > 1 or hidden[0] not in SKLEARN:
        raise ConfigError(
            f"activations {hidden} have no place in scikit-learn's MLP; it takes one of "
            f"{', '.join(SKLEARN)} for all hidden layers"
        )
    classifies, output = model.classes is not None, model.network.output
    several = output == "logistic" and model.network.layer_sizes[-1] > 1
    if output not in (("softmax", "logistic") if classifies else ("identity",)) or several:
        raise ConfigError(f"output {output} has no place in scikit-learn's MLP; onnx has it")
    two = classifies and output == "softmax" and model.network.layer_sizes[-1] == 2
    arrays = _arrays(made, "coefs_{}", "intercepts_{}", turned=False)
    last = len(made.layers) - 1
    if two:
        # scikit-learn has one logistic unit for two classes.
        for name in (f"coefs_{last}", f"intercepts_{last}"):
            arrays[name] = arrays[name][..., 1:] - arrays[name][..., :1]
    name = "MLPClassifier" if classifies else "MLPRegressor"
    shown = "logistic" if two or output == "logistic" else output
    sizes = tuple(model.network.layer_sizes[1:-1])
    text = "".join([
        f"from sklearn.neural_network import {name}\n",
        "from sklearn.preprocessing import LabelBinarizer\n" if classifies else "",
        "\n\ndef load(path=None):", OPEN,
        f"    model = {name}(hidden_layer_sizes={sizes!r}, activation={hidden[0]!r})\n"
        f"    model.coefs_ = [arrays[f'coefs_{{at}}'] for at in range({last + 1})]\n"
        f"    model.intercepts_ = [arrays[f'intercepts_{{at}}'] for at in range({last + 1})]\n"
        f"    model.n_features_in_, model.n_layers_ = {model.network.layer_sizes[0]}, {last + 2}\n"
        "    model.n_outputs_ = model.coefs_[-1].shape[1]\n"
        f"    model.out_activation_ = {shown!r}\n",
        "    model._label_binarizer = LabelBinarizer().fit(arrays['classes'])\n"
        "    model.classes_ = arrays['classes']\n" if classifies else "",
        "    return model\n",
    ])
    return text, arrays
