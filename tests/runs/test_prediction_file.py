"""Predictions as a table that any program reads."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd

from fastavg.runs.prediction_file import prediction_text, write_predictions
from fastavg.runs.run_figures import Answers


def test_probabilities_come_back_exactly(tmp_path):
    chances = np.random.default_rng(0).dirichlet([1, 1], 5).astype("f4")
    classes = np.array(["yes, really", "no"])
    made = Answers(classes[[0, 1, 0, 1, 0]], classes[chances.argmax(axis=1)], chances, classes)
    write_predictions(tmp_path / "p.csv", made, np.array([3.0, 1.0, 4.0, 15.0, 9.0]))
    frame = pd.read_csv(tmp_path / "p.csv")
    assert list(frame) == ["id", "target", "prediction", "p_yes, really", "p_no"]
    assert frame["id"].tolist() == [3, 1, 4, 15, 9]
    np.testing.assert_array_equal(frame[["p_yes, really", "p_no"]].to_numpy("f4"), chances)
    assert frame["target"].tolist() == made.y.tolist()


def test_several_numbers_have_a_column_each():
    y = np.array([[1.5, 2.0], [3.0, 4.25]])
    frame = pd.read_csv(io.StringIO(prediction_text(Answers(y, y + 1), np.array(["a", "b"]))))
    assert list(frame) == ["id", "target_0", "target_1", "prediction_0", "prediction_1"]
    np.testing.assert_array_equal(frame[["target_0", "target_1"]], y)
