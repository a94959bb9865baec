"""Rows that are held out of training, to score every epoch on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import get_scorer
from sklearn.model_selection import train_test_split

from fastavg.data.targets import Targets
from fastavg.errors import ConfigError, DataError
from fastavg.losses import Loss
from fastavg.models.model import Model

Weights = NDArray[np.floating]


class FitData(NamedTuple):
    """What a fit was given, checked.

    Parameters
    ----------
    X : array or sparse array (n_rows, n_features)
        Finite numbers of float32 or float64.
    targets : Targets
        As the network sees them.
    y : array (n_rows,) or (n_rows, n_outputs)
        As the user gave them.
    weights : array (n_rows,) or None
        How much each row counts; None if all count the same.
    held : array (n_rows,) of bool, optional
        True for the rows that are to be held out; None for a random part.
    """

    X: NDArray[np.floating]
    targets: Targets
    y: NDArray[Any]
    weights: NDArray[np.floating] | None
    held: NDArray[np.bool_] | None = None

    def part(self, chosen: NDArray[np.int64]) -> FitData:
        """Some of the rows.

        Parameters
        ----------
        chosen : array (n_chosen,) of int64
            Their numbers, in the order that is wanted.

        Returns
        -------
        FitData
            Copies of these rows.
        """
        Y, classes = self.targets
        weights = None if self.weights is None else self.weights[chosen]
        return FitData(self.X[chosen], Targets(Y[chosen], classes), self.y[chosen], weights)

    def holding_out(self, validation_rows: Any, early_stopping: bool) -> FitData:
        """The same with rows that the user has chosen to be held out.

        Parameters
        ----------
        validation_rows : array-like (n_rows,) of bool
            True for these rows.
        early_stopping : bool
            Whether anything scores them.

        Returns
        -------
        FitData
            With ``held``.

        Raises
        ------
        ConfigError, DataError
            As :func:`chosen_rows`.
        """
        held = chosen_rows(validation_rows, self.X.shape[0], early_stopping)
        return self._replace(held=held)


def hold_out(
    rows: FitData, fraction: float, random_state: Any, stratify: bool
) -> tuple[FitData, FitData]:
    """Training rows and held-out rows, chosen by the user or as scikit-learn's MLP splits them.

    Parameters
    ----------
    rows : FitData
        All rows.
    fraction : float
        Part of the rows to hold out, above 0 and below 1.
    random_state : int, RandomState or None
        What decides which rows they are.
    stratify : bool
        True holds out the same part of each class.

    Returns
    -------
    tuple of FitData
        Training rows in their given order, and held-out rows.

    Raises
    ------
    DataError
        If fewer than two rows would be held out.
    """
    if rows.held is not None:
        return rows.part(np.flatnonzero(~rows.held)), rows.part(np.flatnonzero(rows.held))
    numbers = np.arange(rows.X.shape[0])
    classes = None
    if stratify:
        classes = rows.targets.Y[:, 0]
        known = rows.targets.classes
        # Messages name the classes; two of them are no and yes, as in scikit-learn's.
        if known is not None and len(known) == 2:
            classes = classes.astype(bool).astype(str)
        elif known is not None:
            classes = known[classes.astype(np.intp)]
    kept, held = train_test_split(
        numbers, test_size=fraction, random_state=random_state, stratify=classes
    )
    if len(held) < 2:
        raise DataError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your "
            "dataset."
        )
    return rows.part(np.sort(kept)), rows.part(held)


def chosen_rows(
    validation_rows: Any, n_rows: int, early_stopping: bool = True
) -> NDArray[np.bool_]:
    """The rows that a user wants to be held out, checked.

    Parameters
    ----------
    validation_rows : array-like (n_rows,) of bool
        True for these rows.
    n_rows : int
        How many there are.
    early_stopping : bool, default True
        Whether anything scores them.

    Returns
    -------
    array (n_rows,) of bool
        The same.

    Raises
    ------
    ConfigError
        If nothing does.
    DataError
        If it is something else, or leaves fewer than two rows to score or one to train.

    Examples
    --------
    >>> chosen_rows([False, True, True], 3).tolist()
    [False, True, True]
    """
    if not early_stopping:
        raise ConfigError(
            "validation_rows are given and early_stopping is False; they are what "
            "early_stopping=True scores"
        )
    chosen: NDArray[Any] = np.asarray(validation_rows)
    if chosen.dtype != np.bool_ or chosen.shape != (n_rows,):
        raise DataError(
            f"validation_rows has shape {chosen.shape} and dtype {chosen.dtype}; it must be one "
            f"bool for each of the {n_rows} rows"
        )
    count = int(chosen.sum())
    if not 2 <= count < n_rows:
        raise DataError(
            f"validation_rows holds out {count} of {n_rows} rows; at least 2 must be held out, and "
            "others left"
        )
    return chosen


def validation(
    held: FitData, scoring: Any, model_of: Callable[[Weights], Model],
    estimator_of: Callable[[Weights], Any], plain_score: Callable[..., float],
    loss: Loss | None = None,
) -> Callable[[Weights], tuple[float, float]]:
    """A function from weights to the score and the mean loss of the held-out rows.

    Parameters
    ----------
    held : FitData
        The held-out rows.
    scoring : str, callable or None
        A scorer, the name of one, or None for accuracy or R squared.
    model_of : callable
        From weights (n_weights,) to a model.
    estimator_of : callable
        From weights (n_weights,) to an estimator, which a scorer takes.
    plain_score : callable
        Takes an estimator, X, y and the rows' weights: accuracy or R squared.
    loss : Loss, optional
        What is measured beside the score; the output's own loss if not given.

    Returns
    -------
    callable
        Takes weights (n_weights,); gives score and loss, NaN for weights that are not finite.
    """
    scorer = None if scoring is None else get_scorer(scoring)

    def validate(weights: Weights) -> tuple[float, float]:
        if not np.isfinite(weights).all():
            return float("nan"), float("nan")
        estimator = estimator_of(weights)
        if scorer is not None:
            score = float(scorer(estimator, held.X, held.y))
        else:
            score = float(plain_score(estimator, held.X, held.y, held.weights))
        return score, model_of(weights).loss(held.X, held.targets, loss)

    return validate
