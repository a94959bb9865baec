"""What nobody said is decided well, said in a line, and warned about where it is unlikely."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_friedman1

from fastavg import load
from fastavg.plan.resolve import Facts, resolve
from tests.cli.in_process import run


def houses(rows=1500):
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 4))
    return X, (180_000 + 60_000 * X[:, 0] + 9_000 * random.normal(size=rows)).astype(int)


DATA = {
    "iris": load_iris(return_X_y=True), "digits": load_digits(return_X_y=True),
    "diabetes": load_diabetes(return_X_y=True), "houses": houses(),
    "friedman": make_friedman1(6000, noise=1.0, random_state=0),
}


@pytest.mark.parametrize("name", DATA)
def test_the_machine_does_not_decide_how_good_a_model_is(name, tmp_path, monkeypatch):
    path, ends = write(tmp_path / "data.npz", *DATA[name]), []
    for cpus in (1, 2, 192):
        # A machine that says it has so many.
        monkeypatch.setattr("fastavg.plan.placement.usable_cpus", lambda cpus=cpus: cpus)
        code, out, err = run("train", path, "--processes", 1, "--json")
        assert code == 0, err
        ends.append(json.loads(out.splitlines()[-1]))
    scores = [100 * end.get("accuracy", end.get("r2")) for end in ends]
    assert max(scores) - min(scores) <= 1
    assert ends[0]["workers"] == 1


@pytest.mark.parametrize("rows", [2, 3, 10, 105, 1000, 3500, 60_000, 10**6])
@pytest.mark.parametrize("cpus", [1, 2, 8, 64, 192, 5000])
def test_every_worker_has_enough_to_do(rows, cpus):
    for given in ({}, {"solver": "cg"}, {"solver": "sgd"}, {"epochs": 1}, {"batch_size": 1}):
        plan = resolve(given, Facts(rows, 4, 2, "class", cpus=cpus), "shell").plan
        assert 1 <= plan.workers <= min(rows, cpus)
        if plan.batch_size and plan.workers > 1:
            assert plan.epochs * rows / plan.batch_size / plan.workers >= 4000


def write(path, X, y):
    np.savez(path, X=X, y=y)
    return path


def test_prices_are_numbers_and_predictions_are_prices(tmp_path):
    X, y = houses()
    path, model = write(tmp_path / "houses.npz", X, y), tmp_path / "m.safetensors"
    code, out, err = run("train", path, "--output", model)
    assert (code, out.split()[:2]) == (0, ["test", "R²"])
    assert "target: numbers, standardised (mean 18" in err
    assert "different whole numbers and is predicted as a number; --kind class" in err
    trained = load(model)
    assert trained.score(X, y) > 0.97
    assert abs(trained.predict(X).mean() - y.mean()) < 5000
    code, out, _ = run("evaluate", model, path)
    assert (code, float(out.split()[1]) > 0.97) == (0, True)


def test_a_quiet_run_says_what_is_unlikely_after_its_result(tmp_path):
    path = write(tmp_path / "h.npz", *houses(400))
    code, out, err = run("train", path, "--quiet", "--epochs", 1)
    assert (code, out.startswith("test R²")) == (0, True)
    assert err.count("\n") == 1
    code, out, err = run("train", path, "--quiet", "--kind", "class", "--epochs", 1)
    assert code == 0
    assert re.search(r"\d\d+ classes for 400 rows; if the target is a number, --kind number", err)


def test_decisions_are_one_line(tmp_path):
    X, y = DATA["iris"]
    np.savez(tmp_path / "iris.npz", X=X, y=y)
    _, _, err = run("train", tmp_path / "iris.npz", "--epochs", 1)
    first = err.splitlines()[0]
    assert first == (
        "fastavg: target: 3 classes; 4 features scaled; 105 rows train, 45 test; "
        "1 worker, steps of 8 rows"
    )
