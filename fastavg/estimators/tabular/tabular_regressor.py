"""The regressor of tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.utils.validation import assert_all_finite, check_array, check_is_fitted

from fastavg.errors import DataError
from fastavg.estimators.tabular.base_estimator import TabularEstimator


class TabularRegressor(RegressorMixin, TabularEstimator):  # type: ignore[misc]
    """Numbers from the columns of a table: numbers, words, dates, holes, as they are.

    Several networks are trained, each with other rows held out that say when it is best,
    and their predictions are averaged.  Targets are standardised for training, and no
    prediction leaves the range that training has seen.

    With ``quantiles`` networks are trained for these by their pinball losses, and
    :meth:`predict` gives the middle one.

    Attributes
    ----------
    model_ : TabularModel
        The same model without scikit-learn.
    columns_ : ColumnPlan
        What every column was taken for.
    recipe_ : Recipe
        What the networks were made by.
    held_out_ : array (n_rows, n_outputs) of float64
        The networks' values for rows that they had held out, in units of the targets' spread;
        NaN where none had.
    best_epochs_ : list of float
        The epoch that each network was kept from.
    validation_loss_curves_ : list of list of float
        Each network's squared error on its held-out rows, after every epoch, in units of the
        targets' variance.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": [1.0, 5.0] * 40, "town": ["Ulm", "Bonn"] * 40})
    >>> model = TabularRegressor("fast").fit(table, [100.0, 500.0] * 40)
    >>> model.predict(table.head(2)).round(-1)
    array([100., 500.])
    """

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None
    ) -> TabularRegressor:
        """Train on a table and its numbers.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            A table of pandas, polars or Arrow, or what stands for one; values may be missing.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            Finite numbers; of several outputs, NaN for one that is not known, which the row then
            teaches nothing about.
        sample_weight : array-like (n_rows,), optional
            How much each row counts.
        groups : array-like (n_rows,), optional
            Rows of one group are held out together.

        Returns
        -------
        TabularRegressor
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
        numbers = check_array(
            y, ensure_2d=False, dtype=np.float64, input_name="y", ensure_all_finite="allow-nan"
        )
        if numbers.ndim == 2 and numbers.shape[1] == 1:
            numbers = numbers[:, 0]
        if numbers.ndim == 1:
            assert_all_finite(numbers, input_name="y")
        if numbers.ndim == 2 and (unknown := np.isnan(numbers).all(axis=0)).any():
            raise DataError(f"y, output {int(np.argmax(unknown))} is NaN in every row")
        self._fit(frame, numbers, None, sample_weight, groups)
        return self

    def fit_file(
        self, path: str | Path, target: str | Path, sample_weight: str | None = None
    ) -> TabularRegressor:
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
        TabularRegressor
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If a file, a column or a parameter cannot be used.
        Diverged
            If the weights of a network are no longer finite.
        """
        self._fit_file(path, target, sample_weight, "number")
        return self

    def predict(self, X: Any) -> NDArray[np.float64]:
        """The number of each row, or the numbers.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            The table, with the columns of training.

        Returns
        -------
        array (n_rows,) or (n_rows, n_outputs) of float64
            In the unit of the targets.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        check_is_fitted(self)
        return np.asarray(self.model_.predict(self._frame(X, reset=False)))

    def predict_quantiles(self, X: Any) -> NDArray[np.float64]:
        """The ``quantiles`` that the networks were trained for, one column for each.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            The table, with the columns of training.

        Returns
        -------
        array (n_rows, n_quantiles) of float64
            In the unit of the targets; where rows are few, neighbours may cross.

        Raises
        ------
        ConfigError
            If the networks were not trained for quantiles.
        DataError
            If a column is missing or has changed.
        """
        check_is_fitted(self)
        return self.model_.predict_quantiles(self._frame(X, reset=False))

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Bounds (2, n_rows) or (2, n_rows, n_outputs) between which targets are expected.

        They lie around the prediction as the targets of held-out rows lay around theirs.

        Parameters
        ----------
        X : DataFrame, dict of columns, or array (n_rows, n_columns)
            The table, with the columns of training.
        coverage : float, default 0.9
            Part of the targets that should lie between the bounds, above 0 and below 1.

        Returns
        -------
        array (2, n_rows) or (2, n_rows, n_outputs) of float64
            Lower and upper bounds, in the unit of the targets.

        Raises
        ------
        DataError
            If the coverage is impossible, or the table cannot be used.
        """
        return self.model_.interval(self.predict(X), coverage)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
