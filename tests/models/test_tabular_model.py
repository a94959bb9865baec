"""Models of tables: saved, reloaded, taken elsewhere, always with the same answers."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import fastavg
from fastavg import ConfigError, DataError, FileDamaged
from fastavg.data.frame_sources import frame_of
from fastavg.data.readers.by_suffix import read
from fastavg.models.tabular_model import BLOCK, TabularModel
from tests.models.tables import answers, classifier, regressor, table


@pytest.fixture(scope="module", params=["class", "number"])
def fitted(request, tmp_path_factory):
    made = classifier() if request.param == "class" else regressor()
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    made.save(path)
    return made, path


def said(model, X):
    return model.predict_proba(X) if model.classes is not None else model.predict(X)


def test_saved_and_loaded_to_the_bit(fitted):
    made, path = fitted
    loaded = fastavg.load(path)
    assert isinstance(loaded, TabularModel)
    X = table(200, seed=1)
    np.testing.assert_array_equal(said(loaded, X), said(made.model_, X))
    np.testing.assert_array_equal(loaded.predict(X), made.predict(X))
    assert loaded.columns == made.columns_
    assert loaded.feature_names == ("age", "town", "word", "paid", "when", "cabin", "whole")


def test_every_flipped_byte_is_refused(fitted, tmp_path):
    whole = fitted[1].read_bytes()
    for at in np.linspace(8, len(whole) - 1, 40).astype(int):
        (tmp_path / "m").write_bytes(whole[:at] + bytes([whole[at] ^ 8]) + whole[at + 1 :])
        with pytest.raises((FileDamaged, DataError)):
            fastavg.load(tmp_path / "m")


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


def test_onnx_says_the_same(fitted, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    made, _ = fitted
    fastavg.to_onnx(made, tmp_path / "m.onnx")
    session = runtime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    X = table(300, seed=3)
    X.loc[5, "town"] = "Nowhere"
    fed = {}
    for each in session.get_inputs():
        column = X[each.name]
        if each.type == "tensor(string)":
            texts = column.map({True: "true", False: "false"}) if column.dtype == bool else column
            values = texts.fillna("").astype(object).to_numpy()
        elif each.name == "when":
            values = column.to_numpy().astype("datetime64[s]").astype(float) / 86400
        else:
            values = column.to_numpy(float)
        fed[each.name] = values[:, None]
    found = dict(zip([out.name for out in session.get_outputs()], session.run(None, fed)))
    if made.model_.classes is None:
        np.testing.assert_allclose(found["variable"][:, 0], made.predict(X), atol=1e-5)
    else:
        np.testing.assert_allclose(found["probabilities"], made.predict_proba(X), atol=1e-5)
        assert (found["label"] == made.predict(X)).mean() > 0.99


def test_any_source_of_the_columns(fitted, tmp_path):
    made, _ = fitted
    X = table(50, seed=4)
    wanted = said(made.model_, X)
    turned = X[X.columns[::-1]].assign(other="x")
    polars = pytest.importorskip("polars")
    X.to_parquet(tmp_path / "x.parquet")
    X.to_csv(tmp_path / "x.csv", index=False)
    for source in (
        turned, polars.from_pandas(X), frame_of(X), read(tmp_path / "x.parquet"),
        read(tmp_path / "x.csv"),
    ):
        np.testing.assert_allclose(said(made.model_, source), wanted, atol=1e-12)


def test_rows_beyond_a_block_are_rows_like_others(fitted):
    made, _ = fitted
    X = pd.concat([table(BLOCK, seed=5), table(BLOCK // 2 + 3, seed=6)], ignore_index=True)
    whole = said(made.model_, X)
    few = said(made.model_, X.iloc[BLOCK - 5 : BLOCK + 5])
    np.testing.assert_allclose(few, whole[BLOCK - 5 : BLOCK + 5], rtol=1e-5)


def test_what_a_model_needs_is_named(fitted):
    made, _ = fitted
    with pytest.raises(DataError, match="has no column 'town', which the model was trained on"):
        made.model_.predict(table(5).drop(columns="town"))
    with pytest.raises(DataError, match="column 'age' holds text values"):
        made.model_.predict(table(5).assign(age="old"))


def test_scores(fitted):
    made, _ = fitted
    X = table(300, seed=7)
    y = answers(X)
    if made.model_.classes is None:
        assert made.model_.score(X, y) > 0.8
        assert made.model_.member_predictions(X).shape == (2, 300, 1)
        with pytest.raises(ConfigError, match="predicts numbers"):
            made.model_.predict_proba(X)
    else:
        y = np.array(["low", "middle", "top"])[np.digitize(y, [3, 5])]
        assert made.model_.score(X, y) > 0.6
        with pytest.raises(ConfigError, match="predicts classes"):
            made.model_.member_predictions(X)
    with pytest.raises(DataError, match="y has 3 values"):
        made.model_.score(X, y[:3])
