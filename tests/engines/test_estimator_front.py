"""What the estimators of all clusters share."""

from __future__ import annotations

import pytest

from fastavg import MLPRegressor
from fastavg.engines.estimator_front import ClusterEstimator


class OnMoon(ClusterEstimator):
    kind = MLPRegressor


def test_parameters_are_those_of_the_local_estimator():
    made = OnMoon(max_restarts=2, workers=3)
    assert made.max_restarts == 2
    assert made.to_local().workers == 3
    with pytest.raises(TypeError):
        OnMoon(no_such_parameter=1)
