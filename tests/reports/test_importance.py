"""Importance and effects of columns whose part is known."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.reports.importance import (
    effect_curves,
    importance,
    mean_loss,
    row_losses,
    rows_for,
)
from fastavg.runs.run_figures import Answers, answers_of
from tests.reports.tables import frame, plain, regressor, table_rows


def test_a_column_that_is_not_used_has_no_importance_and_one_that_is_has_its_own():
    model, rows, y = plain()
    found = importance(model, rows, y)
    assert [each["column"] for each in found["columns"]] == ["a", "b"]
    # Two independent values of 2 a differ by 2 sqrt(2) on average, as a root mean square.
    spread = float(np.std(rows.X[:, 0]))
    assert found["columns"][0]["mean"] == pytest.approx(2 * 2**0.5 * spread, rel=0.15)
    assert found["columns"][1] == {"column": "b", "mean": 0.0, "spread": 0.0}
    assert found["rows"] == 300
    assert found == importance(model, rows, y)


def test_a_column_of_a_table_is_moved_as_a_whole():
    found = importance(regressor(), table_rows(), frame()["price"].to_numpy())
    named = {each["column"]: each["mean"] for each in found["columns"]}
    assert named["size"] > named["town"] > 3 * abs(named["noise"])


def test_effects_of_numbers_and_categories():
    model, rows, _ = plain()
    (curve, flat) = effect_curves(model, rows, ["a", "b"])["columns"]
    np.testing.assert_allclose(curve["mean"], 2 * np.array(curve["values"]) + 1, atol=1e-5)
    assert np.ptp(flat["mean"]) < 1e-6
    found = effect_curves(regressor(), table_rows(), ["town", "size"])
    town = dict(zip(*(found["columns"][0][name] for name in ("values", "mean")), strict=True))
    assert town["Ulm"] - town["Bonn"] == pytest.approx(2, abs=0.8)
    assert found["columns"][1]["mean"][0] < found["columns"][1]["mean"][-1] - 4


def test_losses_of_rows():
    classes = np.array(["a", "b"])
    made = Answers(np.array(["a", "b", "z"]), classes[[0, 0, 0]],
                   np.array([[0.5, 0.5], [0.75, 0.25], [1, 0]]), classes)
    np.testing.assert_allclose(row_losses(made), [np.log(2), np.log(4), -np.log(1e-15)])
    np.testing.assert_array_equal(row_losses(made._replace(probabilities=None)), [0, 1, 1])
    numbers = Answers(np.array([1.0, 2.0]), np.array([1.0, 4.0]))
    assert mean_loss(numbers) == 2**0.5


def test_few_rows_are_moved_for_large_models():
    model, rows, y = plain()
    assert rows_for(model, rows) == 300
    assert answers_of(model, rows.X, y).predicted.shape == (300,)
