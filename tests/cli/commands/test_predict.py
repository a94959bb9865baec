"""``fastavg predict``: a line a row, in the model's words."""

from __future__ import annotations

import numpy as np
import pytest

import fastavg
from tests.cli.commands.models import numbers, plain_model, table_model
from tests.cli.in_process import refused, run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("predict")
    frame = numbers(20, seed=1).drop(columns="kind")
    # Another order, and a column that the model does not know.
    frame[["height", "length", "width"]].assign(more="x").to_csv(folder / "new.csv", index=False)
    plain_model(folder)
    table_model(folder)
    return folder


def test_classes_and_probabilities_of_a_plain_network(folder):
    given = ("predict", folder / "plain.safetensors", folder / "new.csv")
    code, out, err = run(*given)
    assert (code, err) == (0, "")
    assert out.split() == numbers(20, seed=1)["kind"].tolist()
    code, out, _ = run(*given, "--probabilities")
    assert out.splitlines()[0] == "long,short"
    assert len(out.splitlines()) == 21


def test_a_table(folder):
    code, out, err = run("predict", folder / "table.safetensors", folder / "new.csv")
    assert (code, err) == (0, "")
    expected = fastavg.load(folder / "table.safetensors").predict(numbers(20, seed=1))
    np.testing.assert_array_equal(out.split(), expected)


def test_a_column_that_is_missing(folder):
    numbers(5).drop(columns="width").to_csv(folder / "less.csv", index=False)
    err = refused(3, "predict", folder / "table.safetensors", folder / "less.csv")
    assert "less.csv has no column 'width', which the model was trained on" in err
