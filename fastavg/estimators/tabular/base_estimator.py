"""What the estimators of tables share: parameters, columns, fitting, saving."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fastavg.data.column_plan import ColumnPlan, load_columns, plan_columns
from fastavg.data.frame import Frame
from fastavg.data.frame_sources import frame_of
from fastavg.data.large_tables.large_table import Chosen, open_large_table
from fastavg.errors import ConfigError, DataError
from fastavg.estimators.tabular.fit import Fitted, TrainingTable, fit_table
from fastavg.estimators.tabular.large_fit import LargeFitted, fit_large_table
from fastavg.estimators.tabular.members import Member
from fastavg.estimators.tabular.recipe import Recipe, recipe_of
from fastavg.kernels.jit.plain_path import plain_search_path
from fastavg.machine.resources import usable_cpus
from fastavg.models.tabular_model import TabularModel
from fastavg.options import is_whole
from fastavg.plan.execution import Execution
from fastavg.plan.placement import inside_parallelism
from fastavg.training.observers.compiling_line import CompilingLine


class TabularEstimator(BaseEstimator):  # type: ignore[misc]
    """Common part of :class:`TabularClassifier` and :class:`TabularRegressor`.

    ``recipe``, if given, replaces what ``effort`` stands for; the parameters that stand
    before it change single parts of either.

    Parameters
    ----------
    effort : str, default 'default'
        ``fast``: one network; ``default``: five; ``best``: twenty, with more patience.
    n_members : int, optional
        Networks, if not as many as ``effort`` says.
    hidden_layer_sizes : sequence of int, optional
        Units of each hidden layer; (64, 64) if not given.
    activation : str, optional
        Of the hidden layers, such as ``mish``, or ``parametric_mish`` for a trained factor of each
        unit; ``relu`` if not given.
    scale : str, optional
        ``robust`` (if not given), ``standard``, ``minmax`` or ``quantile``.
    categorical : sequence of str, default ()
        Columns of numbers that are categories.
    ignore : sequence of str, default ()
        Columns to leave out.
    columns : ColumnPlan or path, optional
        What every column is, or the TOML file that says so; found out if not given.
    recipe : Recipe, optional
        Everything else, in place of what ``effort`` stands for.
    quantiles : sequence of float, default ()
        What a regressor predicts in place of the mean, such as (0.05, 0.5, 0.95).
    embedding : int, optional
        Trained numbers that each number, its bins, and each category become before the hidden
        layers; 8 if not given, and 0 for none.
    submodels : int, optional
        Submodels that each network trains; they share embeddings and hidden layers, and their
        predictions are averaged (TabM-mini); 1 if not given.
    scaling : bool, optional
        True gives every embedded number a trained factor, which is multiplied out after training;
        False if not given.
    data_start : bool, optional
        True scales the first weights of hidden layers, and places their kinks, by the training
        rows; False if not given.
    workers : int, optional
        Replicas of every network that are averaged; 1 if not given.
    processes : int, optional
        Networks that are trained at the same time, in threads; usable CPUs if not given.
        Changes no bit.
    random_state : int, RandomState or None, default 0
        The same number gives the same weights.
    observers : sequence of Observer, default ()
        Told of every network's epochs, in the thread that trains it; see
        :class:`~fastavg.training.observers.events.Validated`.
    checkpoint : str or path, optional
        Name of the files that keep each network's latest complete round; its number is added.
    checkpoint_every : int or str, default '60s'
        Rounds (``10``) or seconds (``"30s"``) between two writings.
    resume : str or path, optional
        What to go on from: such a name, or ``auto`` for ``checkpoint`` if it is there.
    """

    model_: TabularModel
    columns_: ColumnPlan
    recipe_: Recipe
    n_features_in_: int

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        # The parameters, which are described once, stand in every subclass's docstring.
        own, section = inspect.cleandoc(cls.__doc__ or ""), _parameters(TabularEstimator)
        before, _, attributes = own.partition("Attributes\n-")
        cls.__doc__ = f"{before}{section}\n\nAttributes\n-{attributes}"

    def __init__(
        self,
        effort: str = "default",
        *,
        n_members: int | None = None,
        hidden_layer_sizes: Sequence[int] | None = None,
        activation: str | None = None,
        scale: str | None = None,
        categorical: Sequence[str] = (),
        ignore: Sequence[str] = (),
        columns: Any = None,
        recipe: Recipe | None = None,
        quantiles: Sequence[float] = (),
        embedding: int | None = None,
        submodels: int | None = None,
        scaling: bool | None = None,
        data_start: bool | None = None,
        workers: int | None = None,
        processes: int | None = None,
        random_state: Any = 0,
        observers: Sequence[Any] = (),
        checkpoint: str | Path | None = None,
        checkpoint_every: int | str = "60s",
        resume: str | Path | None = None,
    ) -> None:
        self.effort = effort
        self.n_members = n_members
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.scale = scale
        self.categorical = categorical
        self.ignore = ignore
        self.columns = columns
        self.recipe = recipe
        self.quantiles = quantiles
        self.embedding = embedding
        self.submodels = submodels
        self.scaling = scaling
        self.data_start = data_start
        self.workers = workers
        self.processes = processes
        self.random_state = random_state
        self.observers = observers
        self.checkpoint = checkpoint
        self.checkpoint_every = checkpoint_every
        self.resume = resume

    def save(self, path: str | Path) -> None:
        """Write the fitted model to a ``.safetensors`` file; :func:`fastavg.load` reads it.

        Parameters
        ----------
        path : str or path
            The file; an old one of that name is replaced in one step.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        self.model_.save(path)

    def _fit(
        self, frame: Frame, y: NDArray[Any], classes: NDArray[Any] | None, sample_weight: Any,
        groups: Any,
    ) -> Fitted:
        if len(y) != len(frame):
            raise DataError(f"X has {len(frame)} rows and y {len(y)}; each row needs one target")
        if len(frame) < 2:
            raise DataError(f"X has n_samples = {len(frame)}; at least 2 rows are needed")
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, np.empty((len(frame), 1)), dtype=np.float64,
                ensure_non_negative=True,
            )
        if groups is not None and len(np.asarray(groups)) != len(frame):
            raise DataError(f"groups has {len(groups)} values; X has {len(frame)} rows")
        table = TrainingTable(
            frame, y, classes, weights, None if groups is None else np.asarray(groups)
        )
        self.columns_ = self._columns(frame)
        self.recipe_ = self._recipe(
            table.task, len(frame) if table.groups is None else len(np.unique(table.groups))
        )
        fitted = fit_table(table, self.columns_, self.recipe_, self._seed(), self._execution())
        self._keep(fitted.model, fitted.members, fitted.held_out)
        return fitted

    def _fit_file(
        self, path: str | Path, target: str | Path, sample_weight: str | None, kind: str
    ) -> LargeFitted:
        table = open_large_table(path, target, kind, chosen=Chosen(
            sample_weight, None, tuple(self.categorical), tuple(self.ignore), (),
            None if self.columns is None else self._given_columns(),
        ))
        names = [
            name for name in table.files.names if name not in (table.survey.target.name,
                                                               sample_weight)
        ]
        self.n_features_in_, self.feature_names_in_ = len(names), np.asarray(names, object)
        self.columns_ = table.columns
        self.recipe_ = self._recipe(kind, table.survey.n_train)
        fitted = fit_large_table(table, self.recipe_, self._seed(), self._execution())
        self._keep(fitted.model, fitted.members, fitted.held_out)
        return fitted

    def _keep(
        self, model: TabularModel, members: list[Member], held_out: NDArray[np.float64]
    ) -> None:
        self.model_, self.held_out_ = model, held_out
        self.best_epochs_ = [member.epoch for member in members]
        self.validation_loss_curves_ = [member.losses for member in members]

    def _frame(self, X: Any, reset: bool) -> Frame:
        """The columns, after scikit-learn's own look at their names and number."""
        frame = frame_of(X)
        if not isinstance(X, Frame):
            with plain_search_path():
                validate_data(self, X, reset=reset, skip_check_array=True)
        elif reset:
            self.n_features_in_ = len(X.names)
            self.feature_names_in_ = np.asarray(X.names, object)
        return frame

    def _columns(self, frame: Frame) -> ColumnPlan:
        if self.columns is None:
            return plan_columns(frame, self.categorical, self.ignore)
        plan = self._given_columns()
        for column in plan.used:
            frame.require(column.name)
        return plan

    def _given_columns(self) -> ColumnPlan:
        given = self.columns
        return given if isinstance(given, ColumnPlan) else load_columns(given)

    def _recipe(self, task: str, rows: int) -> Recipe:
        """The recipe for so many rows, or groups of rows."""
        made = self.recipe or recipe_of(self.effort, task)
        if self.n_members is not None:
            made = replace(made, members=self.n_members)
        if self.hidden_layer_sizes is not None:
            made = replace(made, hidden_layer_sizes=tuple(self.hidden_layer_sizes))
        if self.activation is not None:
            made = replace(made, activation=self.activation)
        if len(self.quantiles):
            if task == "class":
                raise ConfigError("quantiles are of numbers; a classifier has none")
            made = replace(made, quantiles=tuple(self.quantiles))
        for name in ("embedding", "submodels", "scaling", "data_start", "workers"):
            if (given := getattr(self, name)) is not None:
                made = replace(made, **{name: given})
        if self.scale is not None:
            made = replace(made, encoding=replace(made.encoding, scale=self.scale))
        return replace(made, folds=max(2, min(made.folds, rows // 2)))

    def _seed(self) -> int:
        if is_whole(self.random_state, 0):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _execution(self) -> Execution:
        if self.processes is not None and not is_whole(self.processes, 1):
            raise ConfigError(
                f"processes is {self.processes}; it must be a whole number of at least 1"
            )
        processes = 1 if inside_parallelism() else self.processes or usable_cpus()
        return Execution(
            int(processes), checkpoint=self.checkpoint, checkpoint_every=self.checkpoint_every,
            resume=self.resume, observers=(*self.observers, CompilingLine()),
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.categorical = True
        return tags


def _parameters(kind: type) -> str:
    """The section of a class's docstring that lists its parameters."""
    text = inspect.cleandoc(kind.__doc__ or "")
    return text[text.index("Parameters\n-") :].strip()
