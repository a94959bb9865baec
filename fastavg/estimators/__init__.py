"""Estimators for scikit-learn."""

from __future__ import annotations

from fastavg.estimators.classifier import MLPClassifier
from fastavg.estimators.regressor import MLPRegressor

__all__ = ["MLPClassifier", "MLPRegressor"]
