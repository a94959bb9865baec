"""scikit-learn's own checks of the estimators of tables."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastavg import TabularClassifier, TabularRegressor

SMALL = {"effort": "fast", "n_members": 2, "processes": 1}
# Rows of weight two and rows twice over are not held out alike.
EXCUSED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "other rows are held out"
    for kind in ("dense", "sparse")
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [TabularClassifier(**SMALL), TabularRegressor(**SMALL)],
    expected_failed_checks=lambda model: EXCUSED,
)
def test_scikit_learns_checks(estimator, check):
    check(estimator)
