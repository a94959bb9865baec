"""How the recorded runs call Python's training: the only file of theirs that names it.

A run is plain data: a network is ``(layer sizes, activation, output)``, rows are ``(X, y,
sample weights or None)``, and options are a flat dictionary in which a solver, a schedule,
a loss or an averaging rule is ``(name, {its own options})``.  When the interface moves,
this file follows, while names and hashes of the runs stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fastavg
from fastavg.averaging import RULES
from fastavg.data.sampling_schemes import sampling
from fastavg.losses import LOSSES
from fastavg.plan.profiles import preset
from fastavg.training.observers.events import Observer

SOLVERS = {
    "sgd": fastavg.SGD, "adam": fastavg.Adam, "adamw": fastavg.AdamW, "nadam": fastavg.Nadam,
    "rmsprop": fastavg.RMSProp, "adagrad": fastavg.Adagrad, "cg": fastavg.ConjugateGradient,
    "backtracking": fastavg.BacktrackingSGD,
}


LIMITS = ("l2", "l1", "dropout", "input_dropout", "max_norm", "clip_norm", "clip_value",
          "max_change")


class _BreakOff(Observer):
    """Ends a run by an error after some rounds, as Ctrl-C would."""

    def __init__(self, rounds):
        self._rounds = rounds

    def on_round(self, event):
        if event.round + 1 == self._rounds:
            raise KeyboardInterrupt


def train_weights(network, rows, options, processes):
    """The last weights of a run by model averaging."""
    X, y, weights = rows
    return fastavg.train(
        fastavg.Network(*network), X, y, fastavg.Plan(**_built(options)), sample_weight=weights,
        execution=fastavg.Execution(processes),
    ).weights


def resumed_weights(network, rows, options, rounds, folder, processes):
    """The same of a run that ends after some rounds and goes on from its checkpoint."""
    X, y, weights = rows
    given = (fastavg.Network(*network), X, y, fastavg.Plan(**_built(options)))
    path = Path(folder) / "run.checkpoint"
    execution = fastavg.Execution(processes, checkpoint=path, checkpoint_every=1)
    with pytest.raises(KeyboardInterrupt):
        fastavg.train(*given, sample_weight=weights, execution=replace(
            execution, observers=[_BreakOff(rounds)]
        ))
    return fastavg.train(
        *given, sample_weight=weights, execution=replace(execution, resume="auto")
    ).weights


def preset_weights(name, rows, options, processes):
    """The last weights of a preset's run, with some of its options changed."""
    made, (X, y, weights) = preset(name, **_built(options)), rows
    network = made.network(X.shape[1], len(np.unique(y)))
    return fastavg.train(
        network, X, y, made.plan, sample_weight=weights, execution=fastavg.Execution(processes)
    ).weights


def derivative_weights(network, rows, options, processes):
    """The last weights of a run that averages gradients."""
    return train_weights(
        network, rows, {**options, "algorithm": "gradient-averaging"}, processes
    )


def custom_activation(value, derivative):
    """An activation from two functions of numba's."""
    return fastavg.CustomActivation(value, derivative)


def custom_loss(value, derivative):
    """A loss from two functions of numba's."""
    return fastavg.CustomLoss(value, derivative)


def _built(options):
    # Plan's parameters, with objects in place of (name, {options}).
    made = dict(options)
    if "solver" in made:
        name, own = made["solver"]
        if "schedule" in own:
            kind, more = own["schedule"]
            own = {**own, "schedule": fastavg.Schedule(kind, **more)}
        made["solver"] = SOLVERS[name](**own)
    if "averaging" in made:
        name, own = made["averaging"]
        # The record calls the momentum of slow-momentum by its former name.
        own = {"momentum" if key == "beta" else key: value for key, value in own.items()}
        made["averaging"] = RULES.make({"name": name, **own})
    if isinstance(made.get("loss"), tuple):
        name, own = made["loss"]
        made["loss"] = LOSSES.make({"name": name, **own})
    drawing = {key: made.pop(key) for key in ("fraction", "shuffle") if key in made}
    if drawing or "sampling" in made:
        made["sampling"] = sampling(made.get("sampling", "shards"), **drawing)
    limits = {key: made.pop(key) for key in LIMITS if key in made}
    if limits:
        made["regularization"] = fastavg.Regularization(**limits)
    return made
