"""Estimators and models of pyspark.ml that train on the executors of a Spark application."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastavg.spark.spark_estimators import SparkMLPClassifier as SparkMLPClassifier
    from fastavg.spark.spark_estimators import SparkMLPRegressor as SparkMLPRegressor
    from fastavg.spark.spark_models import (
        SparkMLPClassificationModel as SparkMLPClassificationModel,
    )
    from fastavg.spark.spark_models import SparkMLPRegressionModel as SparkMLPRegressionModel

_HOMES = {
    "SparkMLPClassifier": "spark_estimators", "SparkMLPRegressor": "spark_estimators",
    "SparkMLPClassificationModel": "spark_models", "SparkMLPRegressionModel": "spark_models",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
