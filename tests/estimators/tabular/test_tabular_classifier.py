"""The classifier of tables: labels of every kind, and probabilities of each."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from fastavg import TabularClassifier
from tests.models.tables import QUICK, answers, table


@pytest.mark.parametrize(("y", "said"), [
    (["a"] * 50, "1 class"), (None, "requires y"), ([1.0, np.nan] * 25, "NaN"),
    ([0, 1], "X has 50 rows and y 2"),
])
def test_targets_that_cannot_be(y, said):
    with pytest.raises(ValueError, match=said):
        TabularClassifier(**QUICK).fit(table(50), y)


@pytest.mark.parametrize("labels", [
    np.array(["no", "yes"]), np.array(["no", "yes"], object), np.array([-3, 8]),
    np.array([False, True]), np.array([0.0, 1.0]),
], ids=lambda labels: str(labels.dtype))
def test_answers_are_the_labels_themselves(labels):
    frame = table(120)
    y = labels[(answers(frame) > 4).astype(int)]
    model = TabularClassifier(**QUICK).fit(frame, y)
    assert model.classes_.tolist() == labels.tolist()
    assert model.predict(frame).dtype == labels.dtype
    assert (model.predict(frame) == y).mean() > 0.6


def test_probabilities_have_a_column_for_each_class():
    frame = table(120)
    y = np.array(["low", "middle", "top"])[np.digitize(answers(frame), [3, 5])]
    model = TabularClassifier(**QUICK).fit(frame, y)
    chances = model.predict_proba(frame)
    assert chances.shape == (120, 3)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert np.array_equal(model.predict(frame), model.classes_[chances.argmax(axis=1)])


def test_nothing_is_predicted_before_fitting():
    with pytest.raises(NotFittedError):
        TabularClassifier().predict(table(5))
