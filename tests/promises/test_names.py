"""Columns are found by name wherever a table has names and a model knows them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars
import pyarrow
import pytest

from fastavg import DataError, Model, Network, load, load_light, to_onnx
from fastavg.data.names import by_name
from tests.promises.test_conversions import run

NAMES = ("age", "income", "noise")
X = np.random.default_rng(0).normal(size=(40, 3))
NETWORK = Network((3, 4, 2))
KNOWS = Model(NETWORK, NETWORK.initial_weights(0), np.array(["no", "yes"]), NAMES)


def records(columns):
    made = np.zeros(len(X), [(name, values.dtype) for name, values in columns.items()])
    for name, values in columns.items():
        made[name] = values
    return made


TABLES = {
    "pandas": pd.DataFrame, "polars": polars.DataFrame, "arrow": pyarrow.table,
    "fields": records,
}
COLUMNS = dict(zip(NAMES, X.T, strict=True))
ORDERS = {
    "as trained": COLUMNS,
    "turned": {name: COLUMNS[name] for name in ("noise", "age", "income")},
    "more": {"id": np.array([f"row {n}" for n in range(len(X))]), **COLUMNS},
}


@pytest.fixture(params=["model", "reloaded", "numpy", "onnx"])
def answer(request, tmp_path):
    """Probabilities of a table, by every reader of a model."""
    KNOWS.save(tmp_path / "m.safetensors")
    if request.param == "onnx":
        graph = to_onnx(KNOWS)

        def ask(table):
            known = by_name(table, NAMES)
            known = known if isinstance(known, np.ndarray) else np.asarray(known)
            feeds = {
                name: known[:, at : at + 1].astype("f4") for at, name in enumerate(NAMES)
            }
            return run(graph, feeds)[1]

        return ask
    return {
        "model": KNOWS, "reloaded": load(tmp_path / "m.safetensors"),
        "numpy": load_light(tmp_path / "m.safetensors"),
    }[request.param].predict_proba


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("order", ORDERS)
def test_the_order_does_not_matter_and_others_are_left_out(kind, order, answer):
    found = answer(TABLES[kind](ORDERS[order]))
    np.testing.assert_allclose(found, KNOWS.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(("columns", "words"), [
    ({"age": X[:, 0], "noise": X[:, 2]}, "no column 'income', which the model was trained on"),
    ({"age": X[:, 0], "Income": X[:, 1], "noise": X[:, 2]}, "'income'.*'Income' it does not know"),
    ({"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}, r"'age'.*\(nor 2 more\).*'a', 'b', 'c'"),
])
def test_a_missing_or_renamed_column_is_refused(kind, columns, words, answer):
    with pytest.raises(DataError, match=words):
        answer(TABLES[kind](columns))


def test_two_columns_of_a_name_are_refused(answer):
    with pytest.raises(DataError, match="two columns 'age'"):
        answer(pd.DataFrame(np.c_[X, X[:, :1]], columns=[*NAMES, "age"]))


def test_what_has_no_names_is_taken_by_place(answer):
    for plain in (X, pd.DataFrame(X)):
        np.testing.assert_allclose(answer(plain), KNOWS.predict_proba(X), atol=1e-6)


def test_names_that_are_numbers_are_names():
    model = Model(NETWORK, KNOWS.weights, KNOWS.classes, ("400", "410", "420"))
    turned = pd.DataFrame({420: X[:, 2], 400: X[:, 0], 410: X[:, 1]})
    np.testing.assert_array_equal(model.predict(turned), KNOWS.predict(X))


def test_a_model_that_knows_no_names_takes_columns_by_place():
    model = Model(NETWORK, KNOWS.weights, KNOWS.classes)
    for table in TABLES.values():
        np.testing.assert_array_equal(model.predict(table(COLUMNS)), KNOWS.predict(X))
