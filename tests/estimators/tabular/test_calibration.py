"""The temperature of probabilities: where the log loss of held-out rows is least."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from fastavg.estimators.tabular.calibration import fit_temperature
from tests.models.tables import classifier

RANDOM = np.random.default_rng(0)
Z = RANDOM.normal(size=(4000, 3))
# Classes drawn with the probabilities that Z stands for: Z itself is calibrated.
CHANCES = np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
Y = (RANDOM.random((4000, 1)) > CHANCES.cumsum(axis=1)).sum(axis=1)


@pytest.mark.parametrize("factor", [0.5, 1.0, 4.0])
def test_values_that_are_too_sure_are_divided_by_what_they_are_too_large_by(factor):
    assert fit_temperature(factor * Z, Y) == pytest.approx(factor, rel=0.1)


def test_no_other_temperature_has_a_smaller_loss():
    def loss(temperature):
        e = np.exp(3 * Z / temperature)
        return log_loss(Y, e / e.sum(axis=1, keepdims=True))

    found = fit_temperature(3 * Z, Y)
    assert loss(found) < min(loss(1.0), loss(0.97 * found), loss(1.03 * found))


def test_rows_without_weight_do_not_count():
    both, wrong = np.concatenate([3 * Z, 3 * Z]), np.concatenate([Y, (Y + 1) % 3])
    counted = fit_temperature(both, wrong, np.repeat([1.0, 0.0], 4000))
    assert counted == pytest.approx(fit_temperature(3 * Z, Y), rel=1e-4)
    assert fit_temperature(both, wrong) > 1.5 * counted


def test_more_than_one_member_is_calibrated():
    model = classifier(n_members=5)
    assert 0.3 < model.model_.temperature < 5
    assert model.model_.temperature != 1
