"""Trials of plain networks."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.plan.configuration import configuration
from fastavg.plan.execution import Execution
from fastavg.plan.profiles import Config, as_table, merged, preset_name
from fastavg.plan.resolve import layered, resolve
from fastavg.runs.plain_training import (
    data_options,
    facts_of,
    scale_of,
    train_model,
    untrained_model,
)
from fastavg.runs.run_data import open_run_rows
from fastavg.training.observers.events import Event, Observer, RoundFinished, Validated
from fastavg.tuning.contract import Tell
from fastavg.tuning.space import Tried, among, around, batches

# Part of the training rows that scores, unless the options say another one.
HELD_OUT = 0.2
HIDDEN = ("64", "128,64", "256,128", "512,256", "128,128,128")
ACTIVATIONS = ("relu", "gelu", "tanh")


class PlainTrainer:
    """Trains plain networks with options; see :class:`~fastavg.tuning.contract.Trainer`.

    Parameters
    ----------
    given : dict
        Options that stay the same, in the form of a configuration file.
    preset : str, optional
        ``paper`` or ``shell``; ``shell`` if not given.

    Attributes
    ----------
    figure : str
        ``accuracy``, ``r2``, or the options' own metric.
    given : dict
        With the part that is held out, and the workers, which are the same in all trials.
    epochs : int
        Of a trial, at most.

    Raises
    ------
    ConfigError, DataError
        If an option is wrong, or the data cannot be used.
    """

    def __init__(self, given: Config, preset: str | None = None) -> None:
        self._profiles = (
            "shell", *(() if preset in (None, "shell") else (preset_name(str(preset)),))
        )
        config = layered(given, *self._profiles)
        if as_table(config.get("network")).get("start_from") is not None:
            raise ConfigError("network.start_from is given; a search trains new networks only")
        if as_table(given.get("solver")).get("learning_rate") == "auto":
            raise ConfigError(
                "learning_rate is auto, but a search tries rates itself; leave it out, or name a "
                "number"
            )
        self._options = data_options(config)
        # Who computes changes no bit, and a trial needs no checkpoints.
        self._execution = Execution(
            as_table(config.get("execution")).get("processes"), LocalCommunicator()
        )
        stopping = as_table(config.get("stopping"))
        if self._options.validation is None and not (
            stopping.get("early") or stopping.get("validation_size")
        ):
            given = merged(given, {"stopping": {"validation_size": HELD_OUT}})
        ranks = LocalCommunicator()
        self._rows = open_run_rows(ranks, self._options, config.get("dtype", "float32"))
        self._facts = facts_of(self._rows, ranks)
        self._base = resolve(given, self._facts, *self._profiles)
        # Else the batch size of a trial would change the number of workers.
        self.given: Config = merged(given, {"workers": self._base.plan.workers})
        self.epochs = math.ceil(self._base.plan.epochs)
        metric = self._base.plan.stopping.metric
        own = "r2" if self._rows.target == "number" else "accuracy"
        self.figure = own if metric == "auto" else metric

    def space(self) -> tuple[Tried, ...]:
        """The usual options; see :meth:`Trainer.space`."""
        plan, layers = self._base.plan, self._base.layers
        workers = plan.workers
        found = [
            among("network.hidden", ",".join(map(str, layers.hidden)), *HIDDEN),
            around("regularization.l2", plan.regularization.l2, 1e-6, 1.0),
        ]
        if isinstance(layers.activation, str):
            found.append(among("network.activation", layers.activation, *ACTIVATIONS))
        rate = getattr(plan.solver, "learning_rate", None)
        if rate is not None:
            found.append(around("solver.learning_rate", rate, rate / 16, rate * 16))
        if plan.batch_size:
            found.append(batches(self._facts.rows // workers, int(plan.batch_size)))
            found.append(around("regularization.dropout", plan.regularization.dropout, 0.0, 0.5))
        return tuple(each for each in found if not is_given(each.name, self.given))

    def score(self, config: Config, tell: Tell) -> float:
        """Train on all but the held-out rows; see :meth:`Trainer.score`."""
        made = resolve(config, self._facts, *self._profiles)
        rows = self._rows if made.network.output == "identity" else self._rows.unscaled()
        untrained = untrained_model(made.network, rows, made.plan.dtype)
        watch = _Watch(tell)
        train_model(
            untrained, made.plan, rows, self._options,
            replace(self._execution, observers=(watch,)),
        )
        return watch.best

    def effective(self, config: Config) -> Config:
        """The options with nothing left open; see :meth:`Trainer.effective`."""
        made = resolve(config, self._facts, *self._profiles)
        used = replace(
            self._options, kind=self._rows.target,
            scale=scale_of(self._options.scale, self._rows),
        )
        return configuration(made.plan, network=made.layers, data=used)


class _Watch(Observer):
    """Hands the score of every epoch on, and keeps the best one."""

    weights_at: ClassVar[str] = "block"

    def __init__(self, tell: Callable[[int, float], bool]) -> None:
        self.best, self._tell, self._ended = -math.inf, tell, False

    def on_event(self, event: Event) -> bool:
        if isinstance(event, Validated):
            if math.isfinite(event.score):
                self.best = max(self.best, event.score)
            self._ended = self._tell(round(event.epoch), event.score)
        return self._ended

    def on_round(self, event: RoundFinished) -> bool:
        return self._ended

    def undisturbed_rounds(self) -> float:
        return math.inf


def is_given(name: str, given: Any) -> bool:
    """True if a configuration says something of an option.

    Parameters
    ----------
    name : str
        A dotted name.
    given : dict
        Options in the form of a configuration file.

    Examples
    --------
    >>> is_given("solver.learning_rate", {"solver": "sgd"}), is_given("seed", {"seed": 1})
    (False, True)
    """
    for part in name.split("."):
        if not isinstance(given, dict) or part not in given:
            return False
        given = given[part]
    return True
