"""The classifier of tables."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import assert_all_finite, check_is_fitted, column_or_1d

from fastavg.errors import ConfigError, DataError
from fastavg.estimators.tabular.base_estimator import TabularEstimator
from fastavg.estimators.tabular.threshold import best_threshold, check_threshold


class TabularClassifier(ClassifierMixin, TabularEstimator):  # type: ignore[misc]
    """Classes from the columns of a table: numbers, words, dates, holes, as they are.

    Several networks are trained, each with other rows held out that say when it is best,
    and their probabilities are averaged.  Columns are scaled, encoded and looked up by
    name; what is done with each stands in ``columns_``.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The labels, in ascending order.
    model_ : TabularModel
        The same model without scikit-learn.
    columns_ : ColumnPlan
        What every column was taken for.
    recipe_ : Recipe
        What the networks were made by.
    held_out_ : array (n_rows, n_classes) of float64
        The networks' values before softmax for rows that they had held out; NaN where none had.
    best_epochs_ : list of float
        The epoch that each network was kept from.
    validation_loss_curves_ : list of list of float
        Each network's log loss on its held-out rows, after every epoch.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": [1.0, 5.0] * 40, "town": ["Ulm", "Bonn"] * 40})
    >>> model = TabularClassifier("fast").fit(table, ["small", "large"] * 40)
    >>> model.predict(table.head(2))
    array(['small', 'large'], dtype='<U5')
    """

    classes_: NDArray[Any]

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None
    ) -> TabularClassifier:
        """Train on a table and its classes.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            A table of pandas, polars or Arrow, or what stands for one; values may be missing.
        y : array-like (n_rows,)
            Labels of any kind.
        sample_weight : array-like (n_rows,), optional
            How much each row counts.
        groups : array-like (n_rows,), optional
            Rows of one group are held out together.

        Returns
        -------
        TabularClassifier
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If the table or a parameter cannot be used; names the row and the column.
        Diverged
            If the weights of a network are no longer finite.
        """
        frame = self._frame(X, reset=True)
        if y is None:
            raise DataError("this estimator requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        if labels.dtype.kind == "f":
            assert_all_finite(labels, input_name="y")
        check_classification_targets(labels)
        self.classes_, numbers = np.unique(labels, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"y holds 1 class, {self.classes_[0]}; a classifier needs 2 or more"
            )
        self._fit(frame, numbers, _plain(self.classes_), sample_weight, groups)
        self._numbers = numbers
        return self

    def fit_file(
        self, path: str | Path, target: str | Path, sample_weight: str | None = None
    ) -> TabularClassifier:
        """Train on the rows of files that need not fit in memory.

        They are read once to plan the columns, once to be encoded into a temporary file, and
        then trained on by windows.  ``held_out_`` has rows of its own then.

        Parameters
        ----------
        path : str or path
            A Parquet, Arrow or ``.npy`` file, or a pattern for several of the first two.
        target : str or path
            The column that is predicted, or the ``.npy`` file of targets.
        sample_weight : str, optional
            The column that says how much a row counts.

        Returns
        -------
        TabularClassifier
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If a file, a column or a parameter cannot be used.
        Diverged
            If the weights of a network are no longer finite.
        """
        fitted = self._fit_file(path, target, sample_weight, "class")
        assert fitted.model.classes is not None
        self.classes_, self._numbers = fitted.model.classes, fitted.targets.astype(np.int64)
        return self

    def choose_threshold(self, by: str | float = "f1") -> TabularClassifier:
        """From which probability on a row is taken for the second of two classes.

        Parameters
        ----------
        by : str or float, default 'f1'
            The metric that is best on the held-out rows: ``accuracy``, ``balanced_accuracy``,
            ``f1``, ``jaccard`` or ``matthews``; or a probability.

        Returns
        -------
        TabularClassifier
            The estimator itself; its ``model_`` has the threshold, and keeps it in files.

        Raises
        ------
        ConfigError
            If there are not two classes, or the metric is unknown.

        Examples
        --------
        >>> import pandas as pd
        >>> table = pd.DataFrame({"size": [1.0, 5.0, 3.0] * 40})
        >>> model = TabularClassifier("fast").fit(table, ["no", "yes", "no"] * 40)
        >>> model.choose_threshold(0.2).model_.threshold
        0.2
        """
        check_is_fitted(self)
        if len(self.classes_) != 2:
            raise ConfigError(f"a threshold parts two classes; there are {len(self.classes_)}")
        check_threshold(by)
        if isinstance(by, str):
            z = self.held_out_ / self.model_.temperature
            by = best_threshold(by, 1 / (1 + np.exp(z[:, 0] - z[:, 1])), self._numbers)
        self.model_ = replace(self.model_, threshold=float(by))
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            The table, with the columns of training.

        Returns
        -------
        array (n_rows,)
            Labels as they were given.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        check_is_fitted(self)
        answers: NDArray[Any] = self.classes_[self.model_.choose(self.predict_proba(X))]
        return answers

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, a column for each class.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            The table, with the columns of training.

        Returns
        -------
        array (n_rows, n_classes) of float64
            Each row adds up to 1.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        check_is_fitted(self)
        return self.model_.predict_proba(self._frame(X, reset=False))


def _plain(classes: NDArray[Any]) -> NDArray[Any]:
    """Labels as a model file can hold them: numbers or text."""
    return np.asarray(classes.tolist()) if classes.dtype.kind == "O" else classes
