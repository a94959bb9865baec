"""Trials of networks for tables of named columns."""

from __future__ import annotations

import math
import threading
from typing import Any

from fastavg.errors import ConfigError
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.plan.table_options import TableOptions
from fastavg.runs.network_kind import unknown_options
from fastavg.runs.run_data import open_run_table
from fastavg.runs.table_training import (
    Fit,
    columns_of,
    config_of,
    fit,
    recipe_from,
    settled,
)
from fastavg.training.observers.events import Event, Observer, Validated
from fastavg.tuning.contract import Tell
from fastavg.tuning.plain_trainer import is_given
from fastavg.tuning.space import Tried, among, around, batches

HIDDEN = ("64", "128,128", "256,128", "256,256", "128,128,128")
ACTIVATIONS = ("relu", "gelu", "tanh")


class TableTrainer:
    """Trains networks for a table with options; see :class:`~fastavg.tuning.contract.Trainer`.

    Every network holds a part of the rows out; the score is the mean over the networks, so that
    with as many networks as parts it is that of a cross-validation.

    Parameters
    ----------
    given : dict
        Options that stay the same, in the form of a configuration file.

    Attributes
    ----------
    figure : str
        ``neg_log_loss``, or ``neg_mean_squared_error`` of standardised numbers.
    given : dict
        As it was.
    epochs : int
        Of a trial, at most.

    Raises
    ------
    ConfigError, DataError
        If an option is wrong, or the table cannot be used.

    Examples
    --------
    >>> TableTrainer({"data": {"file": "flats.csv", "target": "rent"}})  # doctest: +SKIP
    """

    def __init__(self, given: Config) -> None:
        if unknown := unknown_options(given):
            raise ConfigError(f"{unknown[0]} is no option of networks for tables")
        data = DataOptions(**given.get("data", {}))
        self._options = TableOptions(**given.get("table", {}))
        if data.file is None:
            raise ConfigError("networks for tables need a data file with named columns")
        if data.rows_from == "disk":
            raise ConfigError("tune reads all rows into memory; leave --set data.rows_from out")
        if self._options.cv is not None:
            raise ConfigError("tune holds rows out itself; leave --set table.cv to fastavg train")
        _, uses, self._rows = open_run_table(data, self._options)
        given = settled(given, self._options, self._rows)
        self._target, self.given = uses.target, given
        self._columns = columns_of(self._rows, self._options)
        self._base = recipe_from(given, self._options, self._rows.kind)
        self.epochs = self._base.max_epochs
        numbers = self._rows.kind == "number"
        self.figure = "neg_mean_squared_error" if numbers else "neg_log_loss"

    def space(self) -> tuple[Tried, ...]:
        """The usual options; see :meth:`Trainer.space`."""
        base, rate = self._base, self._base.solver.learning_rate
        n_rows = len(self._rows.y) * (base.folds - 1) // base.folds
        found = (
            among("network.hidden", ",".join(map(str, base.hidden_layer_sizes)), *HIDDEN),
            among("network.activation", base.activation, *ACTIVATIONS),
            around("solver.learning_rate", rate, rate / 16, rate * 16),
            around("regularization.l2", base.regularization.l2, 1e-5, 3.0),
            around("regularization.dropout", base.regularization.dropout, 0.0, 0.5),
            batches(n_rows, base.rows_of_step(n_rows)),
        )
        return tuple(each for each in found if not is_given(each.name, self.given))

    def score(self, config: Config, tell: Tell) -> float:
        """Train all networks of a model; see :meth:`Trainer.score`."""
        recipe = recipe_from(config, self._options, self._rows.kind)
        watch = _Watch(tell)
        try:
            fit(config, Fit(recipe, self._columns, self._rows, self._target), (watch,))
        except _Ended:
            return watch.score
        return watch.score

    def effective(self, config: Config) -> Config:
        """The options with nothing left open; see :meth:`Trainer.effective`."""
        recipe = recipe_from(config, self._options, self._rows.kind)
        return config_of(config, recipe, self._rows.kind, len(self._rows.y))


class _Ended(Exception):
    """The trial is to end; raised in the thread of every network."""


class _Watch(Observer):
    """Hands the losses of the first network on, and keeps the lowest one of each.

    The first one alone decides whether a trial goes on: its epochs come in the same order
    whatever the others do at the same time.
    """

    def __init__(self, tell: Tell) -> None:
        self._tell, self._ended = tell, threading.Event()
        self._lowest: dict[Any, float] = {}

    @property
    def score(self) -> float:
        """The mean over the networks of each one's best epoch, negated."""
        if not self._lowest:
            return -math.inf
        return -sum(self._lowest[member] for member in sorted(self._lowest)) / len(self._lowest)

    def on_event(self, event: Event) -> None:
        if not isinstance(event, Validated):
            return
        lowest = self._lowest.get(event.member, math.inf)
        self._lowest[event.member] = min(lowest, event.validation_loss)
        if event.member in (0, None) and self._tell(round(event.epoch), -event.validation_loss):
            self._ended.set()
        if self._ended.is_set():
            raise _Ended
