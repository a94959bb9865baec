"""A classifier's figures against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from fastavg.reports.class_quality import calibration, class_curves, class_quality
from fastavg.runs.run_figures import Answers

RANDOM = np.random.default_rng(0)
CLASSES = np.array(["a", "b", "c"])
CHANCES = RANDOM.dirichlet([1, 1, 1], 200)
Y = CLASSES[np.array([RANDOM.choice(3, p=each) for each in CHANCES])]
MADE = Answers(Y, CLASSES[CHANCES.argmax(axis=1)], CHANCES, CLASSES)


def test_confusion_and_classes():
    found = class_quality(MADE)
    np.testing.assert_array_equal(
        found["confusion"]["counts"], metrics.confusion_matrix(Y, MADE.predicted)
    )
    expected = metrics.precision_recall_fscore_support(Y, MADE.predicted)
    for name, column in zip(("precision", "recall", "f1", "rows"), expected, strict=True):
        assert [each[name] for each in found["classes"]] == pytest.approx(column.tolist())
    one = np.eye(3)[np.searchsorted(CLASSES, Y)]
    assert found["brier"] == pytest.approx(((CHANCES - one) ** 2).sum(axis=1).mean())


def test_curves_go_through_scikit_learns():
    is_class = Y == "b"
    found = class_curves(is_class, CHANCES[:, 1])
    false, true, _ = metrics.roc_curve(is_class, CHANCES[:, 1])
    np.testing.assert_allclose(
        found["true_positives"][1:], np.interp(found["false_positives"][1:], false, true),
        atol=1e-6,
    )
    assert (found["false_positives"][0], found["true_positives"][0]) == (0, 0)
    assert found["auc"] == metrics.roc_auc_score(is_class, CHANCES[:, 1])
    for recall, precision in zip(found["recall"], found["precision"], strict=True):
        said = np.sort(CHANCES[:, 1])[::-1]
        # The highest threshold that reaches the recall.
        reached = next(
            each for each in said
            if (CHANCES[is_class, 1] >= each).mean() >= recall - 1e-9
        )
        chosen = CHANCES[:, 1] >= reached
        assert precision == pytest.approx(is_class[chosen].mean(), abs=1e-5) or recall == 0


def test_calibration_counts_every_row():
    found = calibration(CHANCES, np.searchsorted(CLASSES, Y))
    assert sum(found["rows"]) == 200
    right = (MADE.predicted == Y).mean()
    assert np.average(found["right"], weights=found["rows"]) == pytest.approx(right)
    assert 0 <= found["ece"] <= 1


def test_a_class_that_training_has_not_seen_and_one_that_is_never_said():
    made = Answers(np.array(["a", "z"]), np.array(["a", "a"]), np.array([[0.9, 0.1]] * 2),
                   np.array(["a", "b"]))
    found = class_quality(made)
    assert found["confusion"] == {
        "classes": ["a", "b", "z"], "counts": [[1, 0, 0], [0, 0, 0], [1, 0, 0]],
    }
    assert found["classes"][1]["precision"] is None
    assert found["curves"] == []


def test_without_probabilities_there_are_counts_alone():
    assert set(class_quality(MADE._replace(probabilities=None))) == {"confusion", "classes"}
