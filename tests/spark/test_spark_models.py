"""Columns of a model; transform, save and load are in test_spark_estimators.py."""

from __future__ import annotations

import numpy as np

from fastavg import Model, Network
from fastavg.spark import SparkMLPClassificationModel


def test_the_local_model_is_the_one_that_was_packed():
    model = Model(Network((2, 2)), np.arange(6, dtype="f4"), np.array([0, 1]))
    found = SparkMLPClassificationModel(model.to_bytes(), {"n_iter_": 3})
    assert found.to_local().weights.tobytes() == model.weights.tobytes()
    assert found.curves == {"n_iter_": 3}
    assert found.getProbabilityCol() == "probability"
