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
from fastavg.models.script_table import table_script
from fastavg.models.script_text import HEAD, NUMPY, OPEN, arrays_of, numpy_layers, torch_network
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.parametric_activations import base_of
from fastavg.version import VERSION

SKLEARN = ("identity", "logistic", "tanh", "relu")


def export_script(
    model: Model | Committee | TabularModel, to: str, path: str | Path
) -> tuple[Path, Path]:
    """Write a model for another library.

    Parameters
    ----------
    model : Model, Committee or TabularModel
        A trained network, or several; or networks for a table.
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
    unknown = [each for each in model.network.activations[:-1] if base_of(each) not in NUMPY]
    if unknown:
        raise ConfigError(f"activation {unknown[0]!r} is a user's own, which has no form in {to}")
    path = Path(path)
    if isinstance(model, TabularModel):
        text, arrays = table_script(model, to)
    elif to == "numpy":
        members = model.models if isinstance(model, Committee) else (model,)
        text, arrays = _numpy([portable(each) for each in members])
    else:
        single = only_network(model, to)
        text, arrays = {"torch": _torch, "sklearn": _sklearn}[to](single, portable(single))
    head = HEAD.format(version=VERSION, needs={"torch": "PyTorch", "sklearn": "scikit-learn"}.get(
        to, "NumPy"
    ), arrays=path.with_suffix(".npz").name)
    if model.classes is not None:
        # Text as NumPy's own: objects would have to be pickled.
        arrays["classes"] = np.asarray(model.classes.tolist())
    packed = io.BytesIO()
    np.savez(packed, allow_pickle=False, **arrays)
    write_atomically(path, f"{head}{text}".encode())
    write_atomically(path.with_suffix(".npz"), packed.getvalue())
    return path, path.with_suffix(".npz")


def _numpy(members: Sequence[NumpyModel]) -> tuple[str, dict[str, NDArray[Any]]]:
    # The function of one network, or the mean of several ones'.
    several, made = len(members) > 1, members[0]
    lines = ["import math\n\n\ndef load(path=None):", OPEN,
             f"    def {'one(X, member)' if several else 'predict(X)'}:\n"
             "        z = np.asarray(X, float)\n", numpy_layers(made, several, " " * 8)]
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
    lines.append('\n    predict.classes = arrays.get("classes")\n    return predict\n')
    arrays: dict[str, NDArray[Any]] = {}
    for number, each in enumerate(members):
        own = f"_{number}" if several else ""
        names = (f"{letter}{{}}{own}" for letter in "wba")
        arrays |= arrays_of(each, *names, turned=False)
    return "".join(lines), arrays


def _torch(model: Model, made: NumpyModel) -> tuple[str, dict[str, NDArray[Any]]]:
    lines = [
        "import torch\n\n\n", torch_network(made), "\n\ndef load(path=None):", OPEN,
        '    arrays.pop("classes", None)\n    network = Network()\n'
        "    network.load_state_dict({\n"
        "        name: torch.from_numpy(array) for name, array in arrays.items()\n    })\n"
        "    return network.train(False)\n",
    ]
    return "".join(lines), arrays_of(
        made, "layers.{}.weight", "layers.{}.bias", "factors_{}", turned=True
    )


def _sklearn(model: Model, made: NumpyModel) -> tuple[str, dict[str, NDArray[Any]]]:
    hidden = sorted(map(str, set(model.network.activations[:-1]))) or ["relu"]
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
    arrays = arrays_of(made, "coefs_{}", "intercepts_{}", "factors_{}", turned=False)
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
