"""Members that ranks share out: the same estimators on every rank as on one."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Diverged, MLPClassifier, MLPRegressor, RankMismatch
from tests.communicators.ranks import on_ranks
from tests.estimators.test_committee_fit import GIVEN, LABELS, X

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize(("ranks", "members"), [(2, 3), (3, 2)])
@pytest.mark.parametrize("early", [False, True])
def test_every_rank_has_all_members_with_the_same_bits(ranks, members, early):
    given = {**GIVEN, "n_members": members, "early_stopping": early}
    alone = MLPClassifier(**given).fit(X, LABELS)
    for made in on_ranks(
        ranks, lambda each: MLPClassifier(communicator=each, **given).fit(X, LABELS)
    ):
        np.testing.assert_array_equal(made.weights_, alone.weights_)
        np.testing.assert_array_equal(made.predict_proba(X), alone.predict_proba(X))
        assert made.loss_curve_ == alone.loss_curve_
        assert made.validation_scores_ == alone.validation_scores_
        assert made.n_iter_ == alone.n_iter_
        assert len(made.history_) == len(alone.history_)
        for one, other in zip(made.estimators_, alone.estimators_, strict=True):
            np.testing.assert_array_equal(one.predict(X), other.predict(X))
            assert one.loss_curve_ == other.loss_curve_
            assert one.random_state == other.random_state


def test_numbers_in_float64():
    alone = MLPRegressor(n_members=2, **GIVEN).fit(X, X[:, 0])
    found = on_ranks(2, lambda each: MLPRegressor(
        n_members=2, communicator=each, **GIVEN
    ).fit(X, X[:, 0]))
    for made in found:
        assert made.weights_.dtype == np.float64
        np.testing.assert_array_equal(made.predict(X), alone.predict(X))


def test_a_random_seed_is_the_same_on_all_ranks():
    given = {**GIVEN, "random_state": None, "n_members": 2}
    one, other = on_ranks(
        2, lambda each: MLPClassifier(communicator=each, **given).fit(X, LABELS)
    )
    np.testing.assert_array_equal(one.weights_, other.weights_)


def test_different_rows_are_refused():
    def fit(each):
        return MLPClassifier(communicator=each, n_members=2, **GIVEN).fit(X + each.rank, LABELS)

    with pytest.raises(RankMismatch, match="data"):
        on_ranks(2, fit)


def test_a_member_that_diverges_ends_all_ranks():
    huge = {**GIVEN, "solver": "sgd", "learning_rate_init": 1e30, "n_members": 3}
    failed = []

    def fit(each):
        try:
            MLPRegressor(communicator=each, **huge).fit(X, X[:, 0])
        except Diverged:
            failed.append(each.rank)

    on_ranks(2, fit)
    assert sorted(failed) == [0, 1]
