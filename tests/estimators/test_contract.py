"""scikit-learn's own checks of an estimator, with none excused for one worker."""

from __future__ import annotations

import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from fastavg import MLPClassifier, MLPRegressor

# Small and quick, as scikit-learn's own tests of its MLP; two workers are ours to check.
SMALL = {"max_iter": 100, "random_state": 0}
# Rows of weight two and rows twice over are not cut into the same shards.
EXCUSED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "two workers draw other rows"
    for kind in ("dense", "sparse")
}


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([
    MLPClassifier(**SMALL), MLPRegressor(**SMALL), MLPClassifier(workers=2, **SMALL),
], expected_failed_checks=lambda model: EXCUSED if model.workers > 1 else {})
def test_scikit_learns_checks(estimator, check):
    check(estimator)
