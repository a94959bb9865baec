"""Estimators that train on the actors of a Ray cluster."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastavg.ray.ray_estimators import RayMLPClassifier as RayMLPClassifier
    from fastavg.ray.ray_estimators import RayMLPRegressor as RayMLPRegressor

_HOMES = {"RayMLPClassifier": "ray_estimators", "RayMLPRegressor": "ray_estimators"}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
