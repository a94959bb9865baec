"""The classifier: classes of every kind, their weights, probabilities and margins."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.datasets import load_iris, make_classification

from fastavg import ConfigError, DataError, MLPClassifier

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 20, "batch_size": 16,
                            "learning_rate_init": 0.01, "random_state": 0, **more})


def test_two_classes_and_labels():
    model = classifier().fit(X, Y == 0)
    assert (model.n_outputs_, model.out_activation_) == (1, "logistic")
    assert model.predict(X[:1]).dtype == bool
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(model.predict_log_proba(X), np.log(proba))
    labels = np.stack([Y == 0, Y > 0], 1).astype(int)
    assert classifier().fit(X, labels).score(X, labels) > 0.95


def test_weights_of_classes_and_rows():
    rows, classes = make_classification(400, weights=[0.9], flip_y=0.3, random_state=0)
    plain = classifier().fit(rows, classes)
    even = classifier(class_weight="balanced").fit(rows, classes)
    assert even.predict(rows).sum() > 1.5 * plain.predict(rows).sum()
    by_hand = np.where(classes == 1, 200 / classes.sum(), 200 / (400 - classes.sum()))
    same = classifier().fit(rows, classes, sample_weight=by_hand)
    assert np.array_equal(even.weights_, same.weights_)


def test_margins_have_no_probabilities():
    model = classifier(loss="hinge").fit(X, Y)
    assert not hasattr(model, "predict_proba")
    assert model.decision_function(X).shape == (len(X), 3)
    with pytest.raises(AttributeError, match="predict_proba"):
        model.predict_proba(X)
    assert not hasattr(classifier(), "decision_function")


def test_margins_of_two_classes_are_one_number_a_row():
    model = classifier(loss="hinge", max_iter=40).fit(X, np.where(Y == 0, "yes", "no"))
    margins = model.decision_function(X)
    assert margins.shape == (150,)
    assert np.array_equal(model.predict(X), np.where(margins > 0, "yes", "no"))


def test_one_class_is_always_the_answer():
    model = classifier(max_iter=2).fit(X, ["only"] * 150)
    assert model.predict(X[:3]).tolist() == ["only"] * 3


def test_labels_of_python_objects():
    y = np.array(["a", "b", "c"], object)[Y]
    model = classifier(max_iter=40).fit(X, y)
    assert model.classes_.dtype == object
    assert (model.predict(X) == y).mean() > 0.9


def test_classes_that_cannot_be_gone_on_with():
    model = classifier(max_iter=2, warm_start=True).fit(X, Y)
    with pytest.raises(DataError, match="warm_start can only be used where `y` has the same"):
        model.fit(X[:100], Y[:100])
    with pytest.raises(ConfigError, match="class_weight 'balanced' is not supported for partial"):
        classifier(class_weight="balanced").partial_fit(X, Y, classes=[0, 1, 2])
    with pytest.raises(ConfigError, match="class_weight has 7, which is no class"):
        classifier(class_weight={7: 2.0}).fit(X, Y)


@pytest.mark.parametrize("labels", ["int64", "bool", "uint8"])
def test_labels_are_looked_through_once(labels, monkeypatch):
    X, y = make_classification(300, random_state=0)
    looked, unique = [], np.unique

    def look(labels, *given, **options):
        looked.append(len(labels))
        return unique(labels, *given, **options)

    monkeypatch.setattr(np, "unique", look)
    model = MLPClassifier((2,), max_iter=1, random_state=0).fit(X, y.astype(labels))
    assert looked.count(300) == 1
    assert model.classes_.dtype == labels
    assert model.classes_.dtype.metadata is None
    assert model.classes_.tolist() == [0, 1]


def test_many_classes_are_warned_of_and_learnt():
    X = np.random.default_rng(0).standard_normal((30, 2))
    with pytest.warns(UserWarning, match="number of unique classes"):
        model = MLPClassifier((2,), max_iter=1).fit(X, np.arange(30))
    assert model.classes_.tolist() == list(range(30))


def test_numbers_that_scikit_learn_was_told_not_to_look_at_are_checked():
    X = np.zeros((4, 2), "float32")
    X[2, 1] = np.nan
    with config_context(assume_finite=True), pytest.raises(DataError, match="row 2, column 1"):
        MLPClassifier((2,), max_iter=1).fit(X, [0, 1, 0, 1])
