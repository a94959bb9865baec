"""Elastic averaging: the formulas of the paper, and their limit, the mean."""

import numpy as np
import pytest

from fastavg.averaging import ElasticAveraging
from fastavg.errors import ConfigError

CENTER, MEAN, OWN = np.random.default_rng(0).normal(size=(3, 40))
NONE = np.zeros((0, 40))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.7), (1, 0.5), (0.5, 1), (1, 1)])
def test_center_and_replica_move_as_in_the_paper(alpha, beta, dtype):
    center, mean, own = (each.astype(dtype) for each in (CENTER, MEAN, OWN))
    rule, out = ElasticAveraging(alpha, beta), np.empty_like(own)
    rule.step(center, mean, NONE.astype(dtype), 0)
    rule.start(mean, own, out)
    following = CENTER + beta * (MEAN - CENTER)
    tolerance = 1e-6 if dtype == "float32" else 1e-15
    np.testing.assert_allclose(mean, following, rtol=0, atol=4 * tolerance)
    np.testing.assert_allclose(out, OWN - alpha * (OWN - following), rtol=0, atol=8 * tolerance)
    assert (own == OWN.astype(dtype)).all()


def test_workers_keep_their_own_replicas():
    assert ElasticAveraging().keeps_replicas
    assert ElasticAveraging().n_vectors == 0


@pytest.mark.parametrize("name", ["alpha", "beta"])
@pytest.mark.parametrize("value", [0, 1.1, -1, float("nan")])
def test_impossible_parts_are_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}"):
        ElasticAveraging(**{name: value})
