"""Models of tables as a Python file and an archive of arrays, for NumPy, PyTorch, scikit-learn.

.. code-block:: text

    titanic.py    what the columns become  (the text of exported_table)
                  FEATURES                 (of this model)
                  load()                   (for one of the three)
    titanic.npz   weights, edges of bins, classes
"""

from __future__ import annotations

import ast
import inspect
from pprint import pformat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.stored import encoder_as_dict
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.models import exported_table
from fastavg.models.c_source import portable
from fastavg.models.numpy_model import NumpyModel
from fastavg.models.script_text import OPEN, arrays_of, numpy_layers, torch_network
from fastavg.models.tabular_model import TabularModel

Arrays = dict[str, NDArray[Any]]
# The first lines of the file have this already.
IMPORTED = "import numpy as np\n\n"
NUMPY = """
    def predict(table):
        return answers(encode(table, FEATURES, arrays), arrays)

    predict.columns, predict.classes = COLUMNS, arrays.get("classes")
    return predict
"""
SKLEARN = '''

class Columns(TransformerMixin, BaseEstimator):
    """The columns of a table as inputs of the networks; see encode()."""

    def fit(self, X, y=None):
        raise NotImplementedError("fastavg has fitted this model, which only predicts")

    def transform(self, X):
        return encode(X, FEATURES, self.arrays_)


class Networks({mixin}, BaseEstimator):
    """Trained networks, whose answers are averaged."""

    def fit(self, X, y=None):
        raise NotImplementedError("fastavg has trained this model, which only predicts")
{methods}

def load(path=None):{open}
    columns, networks = Columns(), Networks()
    columns.arrays_ = networks.arrays_ = arrays
    columns.feature_names_in_ = np.array(COLUMNS, object)
    columns.n_features_in_, networks.n_features_in_ = len(COLUMNS), {inputs}
{classes}    return Pipeline([("columns", columns), ("networks", networks)])
'''
PROBABILITIES = """
    def predict_proba(self, X):
        return answers(np.asarray(X), self.arrays_)

    def predict(self, X):
        found = self.predict_proba(X)
        return self.classes_[{choice}]
"""
NUMBERS = """
    def predict(self, X):
        found = answers(np.asarray(X), self.arrays_)
        return found{place}
"""
TORCH = '''

class TableNetworks(torch.nn.Module):
    """Takes a table, or the rows that encode() gives, and returns {what}.

    Each of ``members`` is one network; the result is the mean of theirs.
    """

    def __init__(self):
        super().__init__()
        self.members = torch.nn.ModuleList([Network() for _ in range({members})])
        self.arrays = {{}}
{buffers}
    def encode(self, table):
        return torch.from_numpy(encode(table, FEATURES, self.arrays))

    def answer(self, z):
        return {answer}

    def forward(self, table):
        rows = table if isinstance(table, torch.Tensor) else self.encode(table)
        return sum(self.answer(member(rows)) for member in self.members) / {members}


def load(path=None):{open}
    network = TableNetworks()
    network.load_state_dict({{
        name: torch.from_numpy(array) for name, array in arrays.items()
        if name.split(".")[0] in ("members", *SCALING)
    }})
    network.arrays = arrays
    return network.train(False)
'''
SCALING = ("mean", "spread", "low", "high")


def table_script(model: TabularModel, to: str) -> tuple[str, Arrays]:
    """A model of a table for another library.

    Parameters
    ----------
    model : TabularModel
        A trained model.
    to : str
        ``numpy``, ``torch`` or ``sklearn``.

    Returns
    -------
    text : str
        Python that follows the first lines of the file.
    arrays : dict of str to array
        What it finds in the archive.

    Raises
    ------
    OSError
        If fastavg was installed without its source.
    """
    features, arrays = _features(model.encoder)
    members = [portable(model, member) for member in range(len(model.members))]
    text = [
        _runtime(), f"\nCOLUMNS = {list(model.feature_names)!r}\n",
        f"FEATURES = {pformat(features, width=99, sort_dicts=False)}\n",
    ]
    if model.target_scaling is not None:
        arrays |= {name: getattr(model.target_scaling, name) for name in SCALING}
    if to == "torch":
        for number, each in enumerate(members):
            place, factors = f"members.{number}.layers.{{}}", f"members.{number}.factors_{{}}"
            arrays |= arrays_of(each, f"{place}.weight", f"{place}.bias", factors, turned=True)
        return "".join(["import torch\n", *text, _torch(model, members[0])]), arrays
    for number, each in enumerate(members):
        names = (f"{letter}{{}}_{number}" for letter in "wba")
        arrays |= arrays_of(each, *names, turned=False)
    text.append(_answers(model, members[0]))
    if to == "numpy":
        return "".join(["import math\n", *text, "\n\ndef load(path=None):", OPEN, NUMPY]), arrays
    return "".join(["import math\n", _sklearn_imports(model), *text, _sklearn(model)]), arrays


def _runtime() -> str:
    # All but its docstring, and the import that would have to stand first.
    source = inspect.getsource(exported_table)
    first, future, *_ = ast.parse(source).body
    assert isinstance(first, ast.Expr)
    assert isinstance(future, ast.ImportFrom)
    rest = "\n".join(source.splitlines()[future.end_lineno or 0 :])
    return f"{rest.replace(IMPORTED, '').strip()}\n\n"


def _features(encoder: TableEncoder) -> tuple[list[dict[str, Any]], Arrays]:
    # Words stay in the text; lists of numbers become arrays.
    features, arrays = encoder_as_dict(encoder)["features"], {}
    for number, feature in enumerate(features):
        for which, transform in enumerate(feature["transforms"]):
            for name, value in transform.items():
                if isinstance(value, list) and name != "levels":
                    key = f"feature{number}_{which}_{name}"
                    arrays[key] = np.array(value)
                    transform[name] = key
    return features, arrays


def _answers(model: TabularModel, made: NumpyModel) -> str:
    lines = [
        '\n\ndef answers(x, arrays):\n    """The mean of what the networks say about encoded rows.'
        '"""\n    total = 0.0\n',
        f"    for member in range({len(model.members)}):\n        z = x\n",
        numpy_layers(made, True, " " * 8),
    ]
    if model.classes is None:
        lines.append(
            '        z = z * arrays["spread"] + arrays["mean"]\n'
            '        total = total + np.clip(z, arrays["low"], arrays["high"])\n'
        )
    else:
        lines.append(
            f"        e = np.exp((z - z.max(axis=1, keepdims=True)) / {model.temperature!r})\n"
            "        total = total + e / e.sum(axis=1, keepdims=True)\n"
        )
    return "".join([*lines, f"    return total / {len(model.members)}\n"])


def _sklearn_imports(model: TabularModel) -> str:
    return (
        f"from sklearn.base import BaseEstimator, {_mixin(model)}, TransformerMixin\n"
        "from sklearn.pipeline import Pipeline\n"
    )


def _mixin(model: TabularModel) -> str:
    return "RegressorMixin" if model.classes is None else "ClassifierMixin"


def _sklearn(model: TabularModel) -> str:
    outputs = model.network.layer_sizes[-1]
    if model.classes is None:
        # Of quantiles the middle one is the prediction.
        middle = f"[:, {len(model.quantiles) // 2}]" if model.quantiles or outputs == 1 else ""
        methods = NUMBERS.format(place=middle)
    else:
        choice = "found.argmax(axis=1)"
        if model.threshold != 0.5 and outputs == 2:
            choice = f"(found[:, 1] > {float(model.threshold)!r}).astype(int)"
        methods = PROBABILITIES.format(choice=choice)
    return SKLEARN.format(
        mixin=_mixin(model), methods=methods, open=OPEN, inputs=model.encoder.width,
        classes="" if model.classes is None else '    networks.classes_ = arrays["classes"]\n',
    )


def _torch(model: TabularModel, made: NumpyModel) -> str:
    scaled = model.classes is None
    buffers = "" if not scaled else (
        "        for name in SCALING:\n            self.register_buffer(name, torch.zeros("
        f"{model.network.layer_sizes[-1]}, dtype=torch.float64))\n"
    )
    answer = (
        "torch.clamp(z * self.spread + self.mean, self.low, self.high)" if scaled
        else f"torch.softmax(z / {model.temperature!r}, dim=1)"
    )
    return (
        f"SCALING = {SCALING if scaled else ()!r}\n\n\n" + torch_network(made) + TORCH.format(
            what="numbers" if scaled else "probabilities", members=len(model.members),
            buffers=buffers, answer=answer, open=OPEN,
        )
    )
