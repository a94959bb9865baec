"""Answers of whatever gives the values of a last layer."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError, Network
from fastavg.models.network_answers import NetworkAnswers


class Given(NetworkAnswers):
    """Says what it was given, whatever the rows."""

    def __init__(self, network, classes, values):
        self.network, self.classes, self.values = network, classes, np.asarray(values, float)

    def _forward(self, X, output):
        z = self.values
        if output == "softmax":
            return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        return 1 / (1 + np.exp(-z)) if output == "logistic" else z


def test_classes():
    made = Given(Network((3, 2)), np.array(["a", "b"]), [[0, 1], [2, 0]])
    assert made.target == "class"
    assert made.predict(None).tolist() == ["b", "a"]
    np.testing.assert_allclose(made.predict_proba(None).sum(axis=1), 1)
    assert made.score(None, ["b", "b"]) == 0.5
    expected = -np.log(made.predict_proba(None)[[0, 1], [1, 1]]).mean()
    assert made.loss(None, np.array(["b", "b"])) == pytest.approx(expected)
    with pytest.raises(DataError, match="not trained on"):
        made.loss(None, np.array(["b", "c"]))


def test_one_unit_for_two_classes():
    made = Given(Network((3, 1), output="logistic"), np.array([3, 4]), [[-1], [1]])
    assert made.predict(None).tolist() == [3, 4]
    assert made.predict_proba(None).shape == (2, 2)


def test_numbers_have_no_probabilities():
    made = Given(Network((3, 1), output="identity"), None, [[1], [2]])
    assert made.target == "number"
    assert made.predict(None).tolist() == [1, 2]
    assert made.score(None, [1, 2]) == 1
    with pytest.raises(ConfigError, match="predicts numbers"):
        made.predict_proba(None)
