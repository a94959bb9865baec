"""Estimators that train on the workers of a Dask cluster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastavg.dask.cluster_estimators import DaskMLPClassifier as DaskMLPClassifier
    from fastavg.dask.cluster_estimators import DaskMLPRegressor as DaskMLPRegressor

_HOMES = {"DaskMLPClassifier": "cluster_estimators", "DaskMLPRegressor": "cluster_estimators"}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
