"""Pinball losses of several quantiles, and networks that are trained by them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fastavg import ConfigError, TabularClassifier, TabularRegressor, load
from fastavg.estimators.tabular.quantile_losses import QuantileLosses
from fastavg.losses import Quantile
from tests.kernels.network.test_called_losses import run

LEVELS = (0.1, 0.5, 0.9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_each_output_has_the_loss_of_its_quantile(dtype):
    random = np.random.default_rng(0)
    z, Y = (random.normal(size=(7, 3)).astype(dtype) for _ in range(2))
    made = QuantileLosses(LEVELS)
    summed, error = run(made, "identity", z, Y)
    alone = [
        run(Quantile(q), "identity", z[:, c : c + 1].copy(), Y[:, c : c + 1].copy())
        for c, q in enumerate(LEVELS)
    ]
    np.testing.assert_allclose(summed, sum(one for one, _ in alone), rtol=1e-6)
    np.testing.assert_array_equal(error, np.hstack([each.reshape(7, 1) for _, each in alone]))
    np.testing.assert_allclose(made.rows(z, Y, "identity").sum(), summed, rtol=1e-5)


@pytest.fixture(scope="module")
def uneven():
    """Targets whose spread grows with x, and a model of their quantiles."""
    random = np.random.default_rng(0)
    x = random.uniform(0, 1, 3000)
    y = random.normal(size=3000) * (0.1 + x)
    frame = pd.DataFrame({"x": x})
    model = TabularRegressor("fast", quantiles=LEVELS, hidden_layer_sizes=(16,), processes=1)
    return model.fit(frame[:2000], y[:2000]), frame[2000:], y[2000:]


def test_quantiles_are_as_wide_as_the_targets_spread(uneven, tmp_path):
    model, frame, y = uneven
    found = model.predict_quantiles(frame)
    assert found.shape == (1000, 3)
    below = (y[:, None] <= found).mean(axis=0)
    np.testing.assert_allclose(below, LEVELS, atol=0.06)
    width, narrow = found[:, 2] - found[:, 0], (frame["x"] < 0.3).to_numpy()
    assert width[~narrow].mean() > 1.5 * width[narrow].mean()
    np.testing.assert_array_equal(model.predict(frame), found[:, 1])
    model.save(tmp_path / "m.safetensors")
    again = load(tmp_path / "m.safetensors")
    assert again.quantiles == LEVELS
    np.testing.assert_array_equal(again.predict_quantiles(frame), found)
    with pytest.raises(ConfigError, match="quantiles of its own"):
        model.predict_interval(frame)


def test_what_has_no_quantiles_is_refused(uneven):
    _, frame, y = uneven
    with pytest.raises(ConfigError, match="ascending numbers between 0 and 1"):
        TabularRegressor(quantiles=(0.9, 0.1)).fit(frame, y)
    with pytest.raises(ConfigError, match="a classifier has none"):
        TabularClassifier(quantiles=(0.5,)).fit(frame, y > 0)
    with pytest.raises(ConfigError, match="quantiles are of one output"):
        TabularRegressor(quantiles=(0.5,)).fit(frame, np.stack([y, y], 1))
    plain = TabularRegressor("fast", hidden_layer_sizes=(4,), processes=1).fit(frame, y)
    with pytest.raises(ConfigError, match="has no quantiles"):
        plain.predict_quantiles(frame)
