"""``fastavg evaluate``: the figures are those of the model in Python."""

from __future__ import annotations

import pytest

import fastavg
from tests.cli.commands.models import NAMES, numbers, plain_model, table_model
from tests.cli.in_process import refused, run
from tests.cli.shell import records


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    numbers(40, seed=1).to_csv(folder / "new.csv", index=False)
    numbers(40, seed=1).drop(columns="kind").to_csv(folder / "unknown.csv", index=False)
    plain_model(folder)
    table_model(folder)
    return folder


def test_figures_of_a_plain_network(folder):
    code, out, err = run(
        "evaluate", folder / "plain.safetensors", folder / "new.csv", "--target", "kind", "--json"
    )
    assert (code, err) == (0, "")
    model, frame = fastavg.load(folder / "plain.safetensors"), numbers(40, seed=1)
    X, y = frame[list(NAMES)].to_numpy(), frame["kind"].to_numpy().astype(str)
    assert records(out) == [{
        "event": "evaluated", "accuracy": 1.0, "loss": pytest.approx(model.loss(X, y)),
        "rows": 40, "unknown_classes": 0,
    }]


def test_figures_of_a_table_whose_target_the_model_knows(folder):
    code, out, err = run("evaluate", folder / "table.safetensors", folder / "new.csv")
    assert (code, err) == (0, "")
    model, frame = fastavg.load(folder / "table.safetensors"), numbers(40, seed=1)
    score = model.score(frame, frame["kind"].to_numpy())
    assert out.splitlines()[0] == f"accuracy  {score:.4f}"
    assert out.splitlines()[2] == "rows      40"


def test_a_table_without_the_target(folder):
    err = refused(3, "evaluate", folder / "table.safetensors", folder / "unknown.csv")
    assert "unknown.csv has no column 'kind'" in err
