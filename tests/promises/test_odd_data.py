"""Small and odd data: one row, one class, constants, tiny and huge numbers."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from fastavg import MLPClassifier, MLPRegressor, load
from fastavg.data.preprocessing.scaling import fit_scaling
from fastavg.data.split import split_rows
from tests.cli.in_process import run

random = np.random.default_rng(1)
QUICK = ("--epochs", 3, "--hidden", 8, "--quiet")


def saved(path, X, y):
    np.savez(path, X=X, y=y)
    return path


@pytest.mark.parametrize("rows", range(288, 300))
def test_classes_of_one_row_train(rows):
    X = random.normal(size=(rows, 3))
    y = (X[:, 0] > 0).astype(int)
    y[:12] = np.arange(12) + 10
    train, test = split_rows(y, 0.3, 0, by_class=True)
    assert set(y[train]) == set(y)
    assert round(0.3 * rows) - 12 <= len(test) <= round(0.3 * rows)


@pytest.mark.parametrize("y", [
    lambda n: np.r_[np.arange(12) + 10, np.arange(n - 12) % 2],
    lambda n: np.eye(1, n, 17, dtype=int)[0],
    lambda n: np.arange(n) % 2 * 2**60 + 1,
    lambda n: np.where(np.arange(n) % 3, "a,b", 'say "c"'),
])
@pytest.mark.parametrize("rows", [40, 291])
def test_what_trains_can_be_evaluated_on_the_same_file(y, rows, tmp_path):
    X = random.normal(size=(rows, 3))
    data, model = saved(tmp_path / "d.npz", X, y(rows)), tmp_path / "m.safetensors"
    code, out, err = run("train", data, *QUICK, "--output", model)
    assert code == 0, err
    code, out, err = run("evaluate", model, data)
    assert (code, out.startswith("accuracy")) == (0, True), err
    code, out, err = run("predict", model, data)
    assert (code, out.count("\n")) == (0, rows), err


def test_classes_that_a_model_does_not_know_count_as_wrong(tmp_path):
    X = random.normal(size=(60, 3))
    y = (X[:, 0] > 0).astype(int)
    model = tmp_path / "m.safetensors"
    run("train", saved(tmp_path / "d.npz", X, y), *QUICK, "--output", model)
    new = np.where(np.arange(60) < 30, y, 7)
    code, out, err = run("evaluate", model, saved(tmp_path / "new.npz", X, new))
    assert (code, "30 rows of classes that the model does not know" in out) == (0, True), err
    assert float(out.split()[1]) <= 0.5
    words = saved(tmp_path / "w.npz", X, np.array(["no", "yes"])[y])
    code, out, err = run("evaluate", model, words)
    assert (code, "holds text such as" in err) == (3, True)
    code, out, err = run("evaluate", model, saved(tmp_path / "one-hot.npz", X, np.eye(2)[y]))
    assert (code, out.startswith("accuracy")) == (0, True), err
    code, out, err = run("evaluate", model)
    assert (code, "no data file was named" in err) == (3, True)


@pytest.mark.parametrize(("X", "y"), [
    (np.eye(2), [0, 1]), (np.eye(3), [0, 1, 1]), (np.eye(2), [0.5, 1.5]),
    (np.ones((9, 2)), np.arange(9) % 2), (random.normal(size=(40, 2)), np.full(40, 2.5)),
    (random.normal(size=(40, 2)), np.full(40, 1e9 + 0.5)),
    (random.normal(size=(40, 2)) > 0, np.arange(40) % 2 > 0),
])
def test_little_data_trains(X, y, tmp_path):
    model = tmp_path / "m.safetensors"
    data = saved(tmp_path / "d.npz", X, np.asarray(y))
    code, _, err = run("train", data, *QUICK, "--output", model)
    assert code == 0, err
    assert np.isfinite(load(model).decision(np.asarray(X, float))).all()
    if np.asarray(y).dtype.kind == "f" and np.ptp(y) == 0:
        np.testing.assert_allclose(load(model).predict(X), y, rtol=1e-9, atol=1)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e-6, 1.0, 1e9, 1e30, 1e300])
@pytest.mark.parametrize("offset", [0.0, 1e9])
def test_features_of_every_size_are_learnt(size, offset, tmp_path):
    if offset and size < 1e-6:
        pytest.skip("float64 holds no such number")
    X = random.normal(size=(400, 2))
    y = (X[:, 0] > 0).astype(int)
    rows = X * size + offset
    scaling = fit_scaling("auto", rows)
    if size == 1.0 and offset == 0:
        rows = np.clip(rows / 10, -1, 1)
    else:
        assert scaling is not None
        inside = scaling.apply(rows, "f4")
        np.testing.assert_allclose(inside.std(axis=0), 1, rtol=0.2 if offset else 1e-3)
    model = tmp_path / "m.safetensors"
    data = saved(tmp_path / "d.npz", rows, y)
    code, _, err = run("train", data, "--epochs", 20, "--quiet", "--output", model)
    assert code == 0, err
    assert load(model).score(rows, y) > (0.8 if offset and size < 1e-3 else 0.95)


@pytest.mark.parametrize("size", [1e-300, 1e-30, 1e30, 1e300])
def test_targets_of_every_size_are_learnt(size, tmp_path):
    X = random.normal(size=(400, 2))
    y = (X[:, 0] + 0.5) * size
    model = tmp_path / "m.safetensors"
    code, _, err = run(
        "train", saved(tmp_path / "d.npz", X, y), "--quiet", "--set", "epochs=5", "--output", model
    )
    assert code == 0, err
    units = load(model).predict(X) / size
    assert 1 - ((units - y / size) ** 2).mean() / (y / size).var() > 0.9


def test_a_constant_column_among_tiny_ones():
    X = np.c_[np.full(50, 1e-40), random.normal(size=50) * 1e-40, np.full(50, 1e300)]
    inside = fit_scaling("auto", X).apply(X, "f4")
    assert np.isfinite(inside).all()
    assert inside[:, 1].std() == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("rows", [2, 3])
def test_estimators_take_two_rows(kind, rows):
    X = random.normal(size=(rows, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kind((4,) if kind is MLPClassifier else "squared_error", max_iter=3)
        model.fit(X, np.arange(rows) % 2)
    assert model.predict(X).shape == (rows,)


def test_whole_numbers_beyond_doubles_are_classes_of_their_own():
    y = 2**53 + np.arange(40) % 2
    X = (np.arange(40) % 2)[:, None] + 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MLPClassifier((4,), max_iter=300, learning_rate_init=0.05, random_state=0).fit(X, y)
    assert model.predict(X).tolist() == y.tolist()
