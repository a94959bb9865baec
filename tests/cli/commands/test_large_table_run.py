"""``fastavg train`` of a table whose rows stay on disk."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fastavg
from fastavg.estimators.tabular.recipe import recipe_of
from tests.cli.in_process import refused, run
from tests.cli.shell import records
from tests.models.tables import answers, table

QUICK = ("--effort", "fast", "--epochs", 4, "--processes", 1, "--set", "data.rows_from=disk")


@pytest.fixture
def folder(tmp_path):
    frame = table(600)
    frame["dear"] = np.where(answers(frame) > 4, "yes", "no")
    for number in range(2):
        frame[300 * number : 300 * (number + 1)].to_parquet(tmp_path / f"t{number}.parquet")
    return tmp_path


def test_several_files_train_one_model(folder):
    model, files = folder / "m.safetensors", folder / "t*.parquet"
    code, out, err = run("train", files, "--target", "dear", "--output", model, "--json", *QUICK)
    assert code == 0, err
    first, last = records(out)[0], records(out)[-1]
    assert (first["rows"], first["kind"]) == (600, "class")
    assert last["accuracy"] > 0.6
    assert 100 < last["test_rows"] < 260
    made = fastavg.TabularClassifier(
        recipe=replace(recipe_of("fast", "class"), max_epochs=4), processes=1
    ).fit_file(files, "dear")
    assert made.model_.encoder.columns == fastavg.load(model).encoder.columns
    code, out, _ = run("predict", model, folder / "t0.parquet")
    assert code == 0
    assert set(out.split()) <= {"yes", "no"}
    assert len(out.split()) == 300


def test_arrays_train_and_are_predicted(folder):
    X = np.random.default_rng(0).normal(size=(400, 3))
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", X[:, 0] - X[:, 1])
    model = folder / "n.safetensors"
    code, out, err = run("train", folder / "X.npy", "--preset", "tabular", "--target",
                         folder / "y.npy", "--output", model, "--quiet", *QUICK)
    assert code == 0, err
    assert "test R²" in out
    code, out, _ = run("predict", model, folder / "X.npy")
    assert code == 0
    wanted = fastavg.load(model).predict({f"x{at}": X[:, at] for at in range(3)})
    np.testing.assert_allclose([float(line) for line in out.split()], wanted, rtol=1e-6)


def test_what_needs_all_rows_is_refused(folder):
    files = folder / "t*.parquet"
    assert "--cv needs all rows in memory" in refused(
        3, "train", files, "--target", "dear", "--cv", 3, *QUICK
    )
    assert "--output keeps the model" in refused(
        3, "train", files, "--target", "dear", "--run", folder / "run", *QUICK
    )
    code, out, _ = run("train", files, "--target", "dear", "--print-columns", *QUICK)
    assert code == 0
    assert 'name = "town"' in out
