"""Held-out rows: which they are, what is scored on them, and what the best score keeps."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from fastavg import ConfigError, DataError, MLPClassifier
from fastavg.data.targets import Targets
from fastavg.estimators.held_out import FitData, hold_out, validation
from fastavg.models.model import Model
from fastavg.networks.network import Network

X, Y = load_iris(return_X_y=True)
X = (X - X.mean(0)) / X.std(0)
ROWS = FitData(
    X, Targets(Y.reshape(-1, 1).astype(float), np.arange(3)), Y, np.arange(150, dtype=float)
)


def classifier(**more):
    return MLPClassifier(**{"hidden_layer_sizes": (9,), "max_iter": 20, "batch_size": 16,
                            "learning_rate_init": 0.01, "random_state": 0, **more})


def test_early_stopping_keeps_the_best_weights():
    model = classifier(early_stopping=True, max_iter=400, validation_fraction=0.2).fit(X, Y)
    assert model.n_iter_ < 400
    assert len(model.validation_scores_) == len(model.validation_loss_curve_) == model.n_iter_
    assert model.best_validation_score_ == max(model.validation_scores_)
    assert model.best_loss_ is None
    best = int(np.argmax(model.validation_scores_))
    shorter = classifier(early_stopping=True, max_iter=best + 1, validation_fraction=0.2).fit(X, Y)
    assert np.array_equal(model.weights_, shorter.weights_)


def test_early_stopping_on_any_scorer():
    model = classifier(early_stopping=True, scoring="neg_log_loss", max_iter=30).fit(X, Y)
    np.testing.assert_allclose(
        np.negative(model.validation_scores_), model.validation_loss_curve_, rtol=1e-4
    )


def test_a_part_of_the_rows_keeps_what_belongs_together():
    chosen = np.array([149, 0, 60])
    part = ROWS.part(chosen)
    np.testing.assert_array_equal(part.X, X[chosen])
    assert part.targets.Y[:, 0].tolist() == part.y.tolist() == [2, 0, 1]
    assert part.weights.tolist() == [149, 0, 60]
    assert ROWS._replace(weights=None).part(chosen).weights is None


def test_rows_are_split_as_scikit_learn_splits_them():
    kept, held = hold_out(ROWS, 0.2, 3, stratify=True)
    _, theirs = train_test_split(np.arange(150), test_size=0.2, random_state=3, stratify=Y)
    assert held.weights.tolist() == theirs.tolist()
    assert np.bincount(held.y).tolist() == [10, 10, 10]
    assert kept.weights.tolist() == sorted(set(range(150)) - set(theirs.tolist()))
    assert hold_out(ROWS, 0.2, 3, stratify=False)[1].y.tolist() != held.y.tolist()


def test_one_held_out_row_is_too_few():
    with pytest.raises(DataError, match="The validation set is too small"):
        hold_out(ROWS.part(np.arange(5)), 0.1, 0, stratify=False)


def test_a_score_and_a_loss_of_weights():
    network = Network((4, 3))
    weights = network.initial_weights(1, "he", "float64")

    def model_of(weights):
        return Model(network, weights, np.arange(3))

    def share(model, X, y, weights):
        return float(np.average(model.predict(X) == y, weights=weights))

    validate = validation(ROWS, None, model_of, model_of, share)
    model = model_of(weights)
    score, loss = validate(weights)
    assert score == np.average(model.predict(X) == Y, weights=ROWS.weights)
    assert loss == pytest.approx(-np.log(model.predict_proba(X)[np.arange(150), Y]).mean())
    assert np.isnan(validate(np.full_like(weights, np.inf))).all()


def test_the_user_chooses_the_rows_that_are_held_out():
    chosen = np.arange(150) % 3 == 0
    model = classifier(early_stopping=True).fit(X, Y, validation_rows=chosen)
    best = int(np.argmax(model.validation_scores_))
    alone = classifier(max_iter=best + 1).fit(X[~chosen], Y[~chosen])
    assert np.array_equal(model.weights_, alone.weights_)
    assert model.best_validation_score_ == model.score(X[chosen], Y[chosen])


@pytest.mark.parametrize(("chosen", "said"), [
    (np.arange(150), "validation_rows has shape (150,) and dtype int64; it must be one bool for"),
    (np.ones(3, bool), "validation_rows has shape (3,) and dtype bool; it must be one bool for"),
    (np.arange(150) == 1, "validation_rows holds out 1 of 150 rows; at least 2"),
    (np.ones(150, bool), "validation_rows holds out 150 of 150 rows; at least 2"),
])
def test_rows_that_cannot_be_held_out_are_refused(chosen, said):
    with pytest.raises(DataError) as error:
        classifier(early_stopping=True).fit(X, Y, validation_rows=chosen)
    assert str(error.value).startswith(said)


def test_rows_to_hold_out_need_early_stopping():
    with pytest.raises(ConfigError, match="early_stopping is False"):
        classifier().fit(X, Y, validation_rows=np.arange(150) % 3 == 0)
