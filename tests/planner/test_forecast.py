"""From options to a forecast, on the digits and on numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import DataError
from fastavg.planner import short_trainings
from fastavg.planner.forecast import forecast


def test_numbers_and_a_line_search_have_a_forecast(tmp_path, monkeypatch):
    monkeypatch.setattr(short_trainings, "LONG", 0.05)
    X = np.random.default_rng(0).normal(size=(200, 3))
    np.savez(tmp_path / "n.npz", X=X, y=X[:, 0] * 2 + 0.25)
    for solver in ("adam", "cg"):
        made = forecast({
            "data": {"file": str(tmp_path / "n.npz")}, "network": {"hidden": [6]},
            "solver": solver, "execution": {"processes": 1},
        })
        assert made.work.network.output == "identity"
        assert (made.work.n_rows, made.cpus) == (140, 1)
        assert made.advice.best.seconds > 0
        assert made.advice.best.bytes > made.work.row_bytes


def test_a_file_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="does not exist"):
        forecast({"data": {"file": "none.npz"}})
