"""Estimators with several members: the mean of what each of them would be alone."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

import fastavg
from fastavg import Committee, ConfigError, MLPClassifier, MLPRegressor
from fastavg.training.train_committee import seed_of_member

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 4))
LABELS = np.where(X[:, 0] + 0.3 * RANDOM.normal(size=80) > 0, "yes", "no")
GIVEN = {
    "hidden_layer_sizes": (6,), "max_iter": 4, "n_iter_no_change": 9, "random_state": 3,
    "tol": 0.0, "batch_size": 16,
}
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_a_classifier_predicts_by_the_mean(tmp_path):
    made = MLPClassifier(n_members=3, **GIVEN).fit(X, LABELS)
    alone = [
        MLPClassifier(**{**GIVEN, "random_state": seed_of_member(3, member)}).fit(X, LABELS)
        for member in range(3)
    ]
    mean = np.mean([each.predict_proba(X) for each in alone], axis=0)
    np.testing.assert_allclose(made.predict_proba(X), mean, rtol=1e-6)
    np.testing.assert_array_equal(made.predict(X), made.classes_[mean.argmax(axis=1)])
    assert made.weights_.shape == (3, alone[0].weights_.size)
    assert made.coefs_[0].shape == (3, 4, 6)
    assert made.loss_curve_ == alone[0].loss_curve_
    assert [each.n_members for each in made.estimators_] == [1, 1, 1]
    made.save(tmp_path / "m.safetensors")
    assert isinstance(fastavg.load(tmp_path / "m.safetensors"), Committee)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(made)).predict(X), made.predict(X))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_regressor_with_held_out_rows(processes):
    made = MLPRegressor(
        n_members=2, processes=processes, early_stopping=True, **GIVEN
    ).fit(X, X[:, 0])
    first = made.estimators_[0]
    np.testing.assert_allclose(
        made.predict(X), np.mean([each.predict(X) for each in made.estimators_], axis=0),
        rtol=1e-6,
    )
    single = MLPRegressor(early_stopping=True, processes=1, **GIVEN).fit(X, X[:, 0])
    np.testing.assert_array_equal(first.weights_, single.weights_)


def test_a_callback_hears_of_the_first_member():
    epochs = []
    MLPClassifier(
        n_members=2, callbacks=(lambda epoch: epochs.append(epoch.number),), **GIVEN
    ).fit(X, LABELS)
    assert epochs == [1, 2, 3, 4]


def test_what_goes_with_one_network_says_so():
    several = MLPClassifier(n_members=2, **GIVEN)
    with pytest.raises(ConfigError, match="warm_start goes with a single network"):
        clone(several).set_params(warm_start=True).fit(X, LABELS)
    with pytest.raises(ConfigError, match="partial_fit goes with a single network"):
        several.partial_fit(X, LABELS, classes=["no", "yes"])
    with pytest.raises(ConfigError, match="partial_fit goes with a single network"):
        MLPRegressor(n_members=2).partial_fit(X, X[:, 0])
    with pytest.raises(ConfigError, match="goes with a single network"):
        fastavg.to_sklearn(clone(several).fit(X, LABELS))
    with pytest.raises(ConfigError, match="n_members is 0; it must be"):
        MLPClassifier(n_members=0).fit(X, LABELS)


def test_a_fit_with_one_member_forgets_the_others():
    made = MLPClassifier(n_members=2, **GIVEN).fit(X, LABELS)
    made.set_params(n_members=1).fit(X, LABELS)
    assert not hasattr(made, "estimators_")
    assert made.weights_.ndim == 1
