"""Models of tables with NumPy alone: plain columns, and the answers of the compiled model."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import fastavg
from fastavg import DataError, TabularRegressor
from fastavg.models.numpy_table import PlainColumns
from tests.models.tables import QUICK, answers, said, table

COLUMNS = PlainColumns({
    "whole": [1, 2, 3], "holed": [1.5, None, np.nan], "text": ["b", "", "b"],
    "truth": [True, None, False], "day": np.array(["1970-01-02T12", "NaT", "1970-01-01"], "M8[h]"),
    "empty": [None, "", np.nan],
})


def test_numpy_alone_says_the_same(fitted):
    made, path = fitted
    light, X = fastavg.load_light(path), table(300, seed=2)
    X.loc[3, "town"] = "Nowhere"
    plain = {
        name: X[name].to_numpy() if X[name].dtype != object else X[name].tolist() for name in X
    }
    for columns in (plain, X):
        np.testing.assert_allclose(said(light, columns), said(made.model_, X), atol=1e-5)
        np.testing.assert_allclose(
            light.predict(columns) if light.classes is None else 0,
            made.predict(X) if light.classes is None else 0, atol=1e-5,
        )


def test_of_quantiles_the_middle_one_is_predicted(tmp_path):
    X = table(200)
    made = TabularRegressor(
        **QUICK, hidden_layer_sizes=(8,), quantiles=(0.1, 0.5, 0.9), processes=1
    ).fit(X, answers(X))
    made.save(tmp_path / "m.safetensors")
    light = fastavg.load_light(tmp_path / "m.safetensors")
    np.testing.assert_allclose(light.predict(X), made.predict(X), rtol=1e-5)


def test_numpy_alone_imports_nothing_that_compiles(fitted):
    code = (
        "import sys; from fastavg import load_light; import numpy as np\n"
        f"model = load_light({str(fitted[1])!r})\n"
        "model.predict({'age': [31, None], 'town': ['Ulm', None], 'word': ['w1', 'w2'],\n"
        "    'paid': [True, False], 'when': np.array(['2024-01-01', 'NaT'], 'M8[s]'),\n"
        "    'cabin': [None, 'C'], 'whole': [1, 2]})\n"
        "print({'numba', 'scipy', 'sklearn', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_kinds_of_plain_columns():
    assert {name: COLUMNS.kind(name) for name in COLUMNS.names} == {
        "whole": "number", "holed": "number", "text": "text", "truth": "boolean", "day": "date",
        "empty": "empty",
    }
    assert len(COLUMNS) == 3


def test_numbers_of_plain_columns():
    np.testing.assert_array_equal(COLUMNS.numbers("holed"), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(COLUMNS.numbers("day"), [1.5, np.nan, 0])
    with pytest.raises(DataError, match="column 'text' holds text; it must hold numbers"):
        COLUMNS.numbers("text")
    with pytest.raises(DataError, match="row 1, column 'a' holds -inf"):
        PlainColumns({"a": [0.0, -np.inf]}).numbers("a")


def test_categories_of_plain_columns():
    codes, levels = COLUMNS.categories("text")
    assert (codes.tolist(), levels) == ([0, -1, 0], ["b"])


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(DataError, match=r"the columns have \[1, 2\] values"):
        PlainColumns({"a": [1], "b": [1, 2]})
