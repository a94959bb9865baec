"""A model of a table: what becomes of its columns, and networks whose answers are averaged.

.. code-block:: text

    columns by name --> encoder --> network of member 1 --.
                           |------> network of member 2 --+--> mean --> classes or numbers
                           '------> ...                 --'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan
from fastavg.data.frame import Frame
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.errors import ConfigError, DataError
from fastavg.models.ensemble import Answer, Ensemble
from fastavg.models.tabular_file import TabularParts, write_tabular
from fastavg.networks.network import Network


@dataclass(frozen=True, eq=False)
class TabularModel:
    """Trained networks that predict from the columns of a table.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    members : array (n_members, n_weights)
        The weights of each.
    encoder : TableEncoder
        What becomes of the columns.
    columns : ColumnPlan
        What every column of the training table was taken for.
    classes : array (n_classes,), optional
        The label of each output unit; None for a model of numbers.
    target_scaling : TargetScaling, optional
        Of a model of numbers; None for classes.
    temperature : float, default 1.0
        What the networks' values are divided by before they become probabilities.
    target_name : str, optional
        The column that it predicts.
    threshold : float, default 0.5
        Of two classes, the probability above which a row is of the second one.
    residual_quantiles : array (101, n_outputs), optional
        Of a model of numbers: percentiles of what the predictions of held-out rows missed.
    quantiles : tuple of float, default ()
        Of a model of quantiles: which one each output is; the middle one is what it predicts.

    Raises
    ------
    ConfigError
        If the parts do not fit each other.
    """

    network: Network
    members: NDArray[np.floating]
    encoder: TableEncoder
    columns: ColumnPlan
    classes: NDArray[Any] | None = None
    target_scaling: TargetScaling | None = None
    temperature: float = 1.0
    target_name: str | None = None
    threshold: float = 0.5
    residual_quantiles: NDArray[np.float64] | None = None
    quantiles: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.members.ndim != 2 or not len(self.members):
            raise ConfigError(f"members have shape {self.members.shape}; a row for each is needed")
        self.network.views(self.members[0])
        inputs, outputs = self.network.layer_sizes[0], self.network.layer_sizes[-1]
        if inputs != self.encoder.width:
            raise ConfigError(f"the network has {inputs} inputs; columns give {self.encoder.width}")
        if (self.classes is None) == (self.target_scaling is None):
            raise ConfigError("a model of a table has classes, or scaled targets, and not both")
        given = self.classes if self.classes is not None else self.target_scaling.mean  # type: ignore[union-attr]
        if len(given) != outputs:
            raise ConfigError(f"the network has {outputs} outputs; {len(given)} are named")

    @property
    def target(self) -> str:
        """What it predicts: ``class`` or ``number``."""
        return "number" if self.classes is None else "class"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns that it looks up."""
        return self.encoder.columns

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, one column for each class: the mean of the members'.

        Parameters
        ----------
        X : DataFrame, Frame, or anything that :func:`fastavg.data.frame_sources.frame_of` takes
            Columns by name; others are not looked at.

        Returns
        -------
        array (n_rows, n_classes) of float64
            Each row adds up to 1.

        Raises
        ------
        ConfigError
            If the model predicts numbers.
        DataError
            If a column is missing or has changed.
        """
        if self.classes is None:
            raise ConfigError("this model predicts numbers; only classes have probabilities")
        return self._mean(X, self._probabilities)

    def predict(self, X: Any) -> NDArray[Any]:
        """The class or the number of each row.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.

        Returns
        -------
        array (n_rows,) or (n_rows, n_outputs)
            Labels, or float64 in the targets' own units.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        if self.classes is not None:
            answers: NDArray[Any] = self.classes[self.choose(self.predict_proba(X))]
            return answers
        numbers = self._mean(X, self._numbers)
        if self.quantiles:
            return numbers[:, len(self.quantiles) // 2]
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    def predict_quantiles(self, X: Any) -> NDArray[np.float64]:
        """The quantiles that the model was trained for.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.

        Returns
        -------
        array (n_rows, n_quantiles) of float64
            In the targets' own units; where rows are few, neighbours may cross.

        Raises
        ------
        ConfigError
            If it was trained for none.
        DataError
            If a column is missing or has changed.
        """
        if not self.quantiles:
            raise ConfigError("this model has no quantiles; networks trained for quantiles have")
        return self._mean(X, self._numbers)

    def choose(self, probabilities: NDArray[np.floating]) -> NDArray[np.intp]:
        """The place in ``classes`` of each row's class, by its probabilities.

        Parameters
        ----------
        probabilities : array (n_rows, n_classes)
            What :meth:`predict_proba` gave.

        Returns
        -------
        array (n_rows,) of int
            The most probable class; of two classes with a threshold, the second one above it.
        """
        if self.threshold == 0.5 or probabilities.shape[1] != 2:
            return np.asarray(probabilities.argmax(axis=1), np.intp)
        return (probabilities[:, 1] > self.threshold).astype(np.intp)

    def interval(
        self, predicted: NDArray[np.float64], coverage: float = 0.9
    ) -> NDArray[np.float64]:
        """Bounds around predictions, as the targets of held-out rows lay around theirs.

        Parameters
        ----------
        predicted : array (n_rows,) or (n_rows, n_outputs)
            What :meth:`predict` gave.
        coverage : float, default 0.9
            Part of the targets that should lie between the bounds, above 0 and below 1.

        Returns
        -------
        array (2, n_rows) or (2, n_rows, n_outputs) of float64
            Lower and upper bounds, in the targets' own units.

        Raises
        ------
        DataError
            If the coverage is impossible.
        ConfigError
            If the model has no intervals.
        """
        if not 0 < coverage < 1:
            raise DataError(f"coverage is {coverage}; it must be above 0 and below 1")
        if self.residual_quantiles is None:
            raise ConfigError(
                "this model has quantiles of its own in place of intervals" if self.quantiles
                else "this model has no intervals; only models of numbers have"
            )
        at = np.array([50 * (1 - coverage), 50 * (1 + coverage)])
        percents = np.linspace(0, 100, len(self.residual_quantiles))
        missed = np.stack(
            [np.interp(at, percents, column) for column in self.residual_quantiles.T], axis=1
        )
        return np.asarray(predicted + (missed[:, None] if predicted.ndim == 2 else missed))

    def member_predictions(self, X: Any) -> NDArray[np.float64]:
        """Every member's own numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.

        Returns
        -------
        array (n_members, n_rows, n_outputs) of float64
            In the targets' own units.

        Raises
        ------
        ConfigError
            If the model predicts classes.
        DataError
            If a column is missing or has changed.
        """
        if self.classes is not None:
            raise ConfigError("this model predicts classes; predict_proba has their probabilities")
        found = [
            TabularModel(
                self.network, self.members[at : at + 1], self.encoder, self.columns, None,
                self.target_scaling,
            )._mean(X, self._numbers)
            for at in range(len(self.members))
        ]
        return np.stack(found)

    def score(self, X: Any, y: Any) -> float:
        """Accuracy, or R squared of numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The true labels or numbers.

        Returns
        -------
        float
            1 for a perfect model.

        Raises
        ------
        DataError
            If X or y cannot be used.
        """
        from sklearn.metrics import r2_score

        predicted, y = self.predict(X), np.asarray(y)
        if len(y) != len(predicted):
            raise DataError(f"y has {len(y)} values; the table has {len(predicted)} rows")
        if self.classes is not None:
            return float(np.mean(predicted == y))
        return float(r2_score(y, predicted))

    def loss(self, X: Any, y: Any) -> float:
        """Log loss of classes, squared error of numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The true labels or numbers.

        Returns
        -------
        float
            The mean over the rows: in nats, or in the square of the targets' unit.

        Raises
        ------
        DataError
            If X or y cannot be used, or y holds a class that training never saw.
        """
        y = np.asarray(y)
        if self.classes is None:
            return float(np.mean((self.predict(X) - y) ** 2))
        places = np.searchsorted(self.classes, y).clip(0, len(self.classes) - 1)
        if not np.array_equal(self.classes[places], y):
            raise DataError("y holds a class that the model was not trained on")
        chosen = self.predict_proba(X)[np.arange(len(y)), places]
        return float(-np.mean(np.log(np.maximum(chosen, np.finfo(np.float64).tiny))))

    def save(self, path: str | Path) -> None:
        """Write the model to one ``.safetensors`` file, whole or not at all.

        Parameters
        ----------
        path : str or path
            The file; an old one of that name is replaced in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        parts = TabularParts(
            self.network, self.members, self.encoder, self.columns, self.classes,
            self.target_scaling, self.temperature, self.target_name, self.threshold,
            self.residual_quantiles, self.quantiles,
        )
        write_tabular(parts, path)

    def _probabilities(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        # A class after the other: rows are many and classes few, and NumPy is fast along rows.
        e = np.ascontiguousarray(z.T, np.float64)
        e /= self.temperature
        e -= e.max(axis=0)
        np.exp(e, out=e)
        e /= e.sum(axis=0)
        return e.T

    def _numbers(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        assert self.target_scaling is not None
        return self.target_scaling.invert(z.astype(np.float64))

    def predict_batches(
        self, frames: Iterable[Frame], probabilities: bool = False
    ) -> Iterator[NDArray[np.float64]]:
        """The answers for one part of a table after the other, in bounded memory.

        As many parts are computed at the same time as there are CPUs, and no more than twice as
        many are in memory.

        Parameters
        ----------
        frames : iterable of Frame
            The parts.
        probabilities : bool, default False
            True for probabilities of classes.

        Yields
        ------
        array (n_rows, n_classes) or (n_rows, n_outputs) of float64
            Probabilities, which are also given for classes (:meth:`choose` tells the class), or
            numbers in the targets' own units; in the order of the parts.

        Raises
        ------
        ConfigError
            If probabilities are asked of a model of numbers.
        DataError
            If a column is missing or has changed.
        """
        if probabilities and self.classes is None:
            raise ConfigError("this model predicts numbers; only classes have probabilities")
        answer = self._numbers if self.classes is None else self._probabilities
        return self._ensemble.batches(frames, answer)

    def _mean(self, X: Any, answer: Answer) -> NDArray[np.float64]:
        return self._ensemble.rows(X if isinstance(X, Frame) else frame_of(X), answer)

    @property
    def _ensemble(self) -> Ensemble:
        return Ensemble(self.network, self.members, self.encoder)
