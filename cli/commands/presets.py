"""``--preset``: options that were not given take the preset's values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import typer

from fastavg import ConjugateGradient
from fastavg.plan.profiles import preset

from .settings import Settings


def with_preset(name: str | None, context: typer.Context, settings: Settings) -> Settings:
    """The settings with a preset's values wherever the command line gave none.

    Raises
    ------
    ConfigError
        If the preset is unknown.
    """
    if name is None:
        return settings
    made = preset(name)
    plan = made.plan
    values: dict[str, Any] = {
        "hidden": ",".join(str(size) for size in made.hidden_layer_sizes),
        "activation": made.activation,
        "solver": "cg" if isinstance(plan.solver, ConjugateGradient) else settings.solver,
        "alpha": plan.regularization.l2, "batch_size": plan.batch_size, "epochs": plan.epochs,
        "average_every": plan.average_every, "sampling": plan.sampling.name,
        "fraction": getattr(plan.sampling, "fraction", 1.0), "init": plan.init,
        "dtype": plan.dtype, "scale": "none",
    }
    free = {
        option: value for option, value in values.items()
        if not _given(context, option)
    }
    if "solver" not in free:
        # Another solver has batches and a state of its own.
        free.pop("batch_size", None)
        return replace(settings, **free, output=made.output)
    return replace(settings, **free, output=made.output, solver_state=plan.solver_state)


def _given(context: typer.Context, option: str) -> bool:
    source = context.get_parameter_source(option)
    return source is not None and source.name == "COMMANDLINE"
