"""Presets for estimators: parameters that were left alone take the preset's values."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.averaging import rule
from fastavg.data.sampling_schemes import sampling
from fastavg.estimators.parts import hidden_of, solver_of
from fastavg.plan.profiles import Preset, preset
from fastavg.solvers import Regularization

# What a plan calls a parameter of the estimators.
PLAN_NAMES = {
    "max_iter": "epochs", "average_every": "average_every", "batch_size": "batch_size",
    "dtype": "dtype",
}


def preset_of(estimator: Any) -> Preset | None:
    """The estimator's preset with every parameter that was given; None if it has none.

    A parameter that is given its own default counts as left alone, as anywhere in
    scikit-learn; :func:`fastavg.plan.profiles.preset` takes any value.

    Raises
    ------
    ConfigError
        If the preset is unknown, or a parameter does not go with it.
    """
    if estimator.preset is None:
        return None
    defaults = inspect.signature(type(estimator).__init__).parameters
    given = {
        name: value for name, value in estimator.get_params(deep=False).items()
        if not np.array_equal(value, defaults[name].default)
    }
    changes: dict[str, Any] = {"workers": estimator.workers}
    changes |= {PLAN_NAMES[name]: value for name, value in given.items() if name in PLAN_NAMES}
    if given.keys() & {"solver", "learning_rate", "learning_rate_init"}:
        changes["solver"] = solver_of(estimator)
    if "averaging" in given:
        changes["averaging"] = rule(estimator.averaging)
    if given.keys() & {"sampling", "shuffle"}:
        changes["sampling"] = sampling(
            given.get("sampling", "stratified"), fraction=0.9, shuffle=estimator.shuffle
        )
    if "alpha" in given:
        changes["regularization"] = Regularization(estimator.alpha)
    made = preset(estimator.preset, **changes)
    if "hidden_layer_sizes" in given:
        made = replace(made, hidden_layer_sizes=hidden_of(estimator))
    if "activation" in given:
        made = replace(made, activation=estimator.activation)
    return made
