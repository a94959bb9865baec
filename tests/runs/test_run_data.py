"""The rows of a run are read again the same way."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fastavg import DataError
from fastavg.communicators import connect
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions
from fastavg.runs.run_data import data_sha256, moved, open_run_rows, open_run_table
from tests.cli.commands.models import numbers


def test_a_table_with_ids(tmp_path):
    path = tmp_path / "t.csv"
    numbers(20).assign(name=[f"row {at}" for at in range(20)]).to_csv(path, index=False)
    data = DataOptions(file=path, target="kind")
    opened = open_run_table(data, TableOptions(id="name"))
    assert (len(opened.rows.y), len(opened.rows.y_test)) == (14, 6)
    assert opened.uses.target == "kind"
    again = open_run_table(data, TableOptions())
    # Without a column for it, a row is its number.
    assert [f"row {at}" for at in again.rows.ids] == opened.rows.ids.tolist()
    assert numbers(20)["kind"].to_numpy()[again.rows.ids].tolist() == again.rows.y_test.tolist()


def test_arrays_have_row_numbers(tmp_path):
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) / 7
    np.savez(tmp_path / "d.npz", X=X, y=y)
    rows = open_run_rows(connect(None), DataOptions(file=tmp_path / "d.npz"), "float32")
    np.testing.assert_array_equal(rows.y_test, y[rows.test_numbers])
    np.testing.assert_array_equal(rows.X_test, X[rows.test_numbers])


def test_arrays_are_no_table(tmp_path):
    np.savez(tmp_path / "d.npz", X=np.zeros((4, 2)), y=np.arange(4))
    with pytest.raises(DataError, match="holds arrays"):
        open_run_table(DataOptions(file=tmp_path / "d.npz", target="y"), TableOptions())


def test_paths_hold_from_everywhere_and_checkpoints_are_left_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = {"data": {"file": "t.csv"}, "execution": {"checkpoint": "c", "processes": 2}, "seed": 1}
    assert moved(given) == {
        "data": {"file": str(tmp_path / "t.csv")}, "execution": {"processes": 2}, "seed": 1,
    }
    assert given["data"]["file"] == "t.csv"


def test_the_digest_is_that_of_the_bytes(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"x\n1\n")
    (tmp_path / "b.csv").write_bytes(b"x\n2\n")
    assert data_sha256(tmp_path / "*.csv") == hashlib.sha256(b"x\n1\nx\n2\n").hexdigest()
    assert data_sha256(None) is None
