"""Models of tables for other libraries: from raw columns to what fastavg itself says."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from fastavg import TabularRegressor
from fastavg.models.script_export import export_script
from tests.models.exported import loaded
from tests.models.tables import QUICK, answers, said, table
from tests.models.torch_stand_in import put_in_place


def unseen(n=300):
    """Rows that training never saw, one of them with a level that it never saw."""
    X = table(n, seed=2)
    X.loc[3, "town"] = "Nowhere"
    return X


def as_rows(X):
    """The rows of a table as JSON has them: None for missing, dates as text."""
    made = X.assign(when=X["when"].dt.strftime("%Y-%m-%dT%H:%M:%S")).astype(object)
    return made.where(made.notna(), None).to_dict("records")


def close(found, expected):
    unit = max(1.0, np.abs(expected).max())
    np.testing.assert_allclose(np.asarray(found), expected, rtol=0, atol=1e-5 * unit)


def test_numpy_takes_columns_and_rows(fitted, tmp_path):
    model, X = fitted[0].model_, unseen()
    predict = loaded(export_script(model, "numpy", tmp_path / "numpy_table.py")[0])
    expected = said(model, X)
    for given in (X, {name: X[name].tolist() for name in X}, as_rows(X)):
        found = predict(given)
        close(found if model.classes is not None else found[:, 0], expected)
    assert predict.columns == list(model.feature_names)
    if model.classes is not None:
        assert predict.classes.tolist() == ["low", "middle", "top"]


def test_numpy_alone_is_imported(fitted, tmp_path):
    export_script(fitted[0].model_, "numpy", tmp_path / "alone.py")
    code = (
        "import sys; import alone\n"
        "predict = alone.load()\n"
        "row = {'age': 31, 'town': None, 'word': 'w1', 'paid': True, 'when': '2024-01-01',\n"
        "       'cabin': None, 'whole': 1}\n"
        "assert predict([row]).shape[0] == 1\n"
        "print({'fastavg', 'numba', 'scipy', 'sklearn', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)}, timeout=60,
    )
    assert done.stdout.strip() == "set()"


def test_scikit_learn(fitted, tmp_path):
    from sklearn.base import clone, is_classifier
    from sklearn.utils.validation import check_is_fitted

    model, X = fitted[0].model_, unseen()
    theirs = loaded(export_script(model, "sklearn", tmp_path / "sklearn_table.py")[0])
    check_is_fitted(theirs)
    assert is_classifier(theirs) == (model.classes is not None)
    assert theirs.feature_names_in_.tolist() == list(model.feature_names)
    close(said_by(theirs), said(model, X))
    y = model.predict(X)
    if model.classes is not None:
        np.testing.assert_array_equal(theirs.predict(X), y)
        np.testing.assert_array_equal(theirs.classes_, model.classes)
    else:
        close(theirs.predict(X), y)
    assert theirs.score(X, y) == pytest.approx(1)
    with pytest.raises(NotImplementedError, match="only predicts"):
        clone(theirs).fit(X, y)


def said_by(theirs):
    return theirs.predict_proba(unseen()) if hasattr(theirs, "classes_") else (
        theirs.predict(unseen())
    )


def test_torch(fitted, tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed")
    torch_says_the_same(fitted, tmp_path / "torch_table.py")


def test_torchs_file_computes_the_same_without_torch(fitted, tmp_path, monkeypatch):
    put_in_place(monkeypatch)
    torch_says_the_same(fitted, tmp_path / "torch_table.py")


def torch_says_the_same(fitted, path):
    model, X = fitted[0].model_, unseen()
    network = loaded(export_script(model, "torch", path)[0])
    expected = said(model, X)
    for given in (X, as_rows(X), network.encode(X)):
        found = network(given)
        found = found.detach().numpy() if hasattr(found, "detach") else found
        close(found if model.classes is not None else found[:, 0], expected)


def test_the_threshold_of_two_classes_decides(tmp_path):
    frame = table(200)
    from fastavg import TabularClassifier

    made = TabularClassifier("fast", hidden_layer_sizes=(4,), processes=1)
    model = replace(made.fit(frame, answers(frame) > 4).model_, threshold=0.125)
    theirs = loaded(export_script(model, "sklearn", tmp_path / "threshold.py")[0])
    np.testing.assert_array_equal(theirs.predict(frame), model.predict(frame))
    assert theirs.predict(frame).mean() > (theirs.predict_proba(frame)[:, 1] > 0.5).mean()


@pytest.mark.parametrize("scale", ["quantile", "minmax"])
def test_scales(scale, tmp_path):
    frame = table(200)
    model = TabularRegressor(**QUICK, hidden_layer_sizes=(8,), scale=scale, processes=1).fit(
        frame, answers(frame)
    ).model_
    predict = loaded(export_script(model, "numpy", tmp_path / "scales.py")[0])
    close(predict(unseen())[:, 0], model.predict(unseen()))


def test_of_quantiles_the_middle_one_is_predicted(tmp_path):
    frame = table(200)
    model = TabularRegressor(
        **QUICK, hidden_layer_sizes=(8,), quantiles=(0.1, 0.5, 0.9), processes=1
    ).fit(frame, answers(frame)).model_
    predict = loaded(export_script(model, "numpy", tmp_path / "quantiles_n.py")[0])
    close(predict(frame), model.predict_quantiles(frame))
    theirs = loaded(export_script(model, "sklearn", tmp_path / "quantiles_s.py")[0])
    close(theirs.predict(frame), model.predict(frame))
