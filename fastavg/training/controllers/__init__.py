"""Controllers: who steers a run between its rounds, one file each."""

from __future__ import annotations

from fastavg.training.controllers.contract import Controller, Directive

__all__ = ["Controller", "Directive"]
