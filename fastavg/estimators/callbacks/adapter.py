"""Callbacks of an estimator: plain functions, and scikit-learn's protocol behind one adapter.

scikit-learn calls its protocol (1.9) experimental; everything that knows it is here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.callback import CallbackContext, with_callbacks
from sklearn.callback import CallbackSupportMixin as CallbackSupport

from fastavg.training.controllers.early_stopping import EpochFigures

__all__ = ["CallbackSupport", "Callbacks", "Epoch", "with_callbacks"]

Weights = NDArray[np.floating]


class Epoch(NamedTuple):
    """An epoch that has just ended: what a callback is told.

    Parameters
    ----------
    number : int
        From 1.
    loss : float
        Mean training loss, with the penalty.
    validation_score : float
        Accuracy, R squared or what ``scoring`` measures; NaN where nothing is held out.
    validation_loss : float
        Mean loss of the held-out rows; NaN where nothing is held out.
    seconds : float
        Since training began.
    rate_factor : float
        What an adaptive schedule has made of the learning rate: a factor on it.
    estimator : callable
        Takes nothing; gives a copy of the estimator that predicts with this epoch's weights.
    """

    number: int
    loss: float
    validation_score: float
    validation_loss: float
    seconds: float
    rate_factor: float
    estimator: Callable[[], Any]


class Callbacks:
    """Everybody who hears of a fit's epochs; use it as a context manager.

    Parameters
    ----------
    estimator : BaseEstimator
        The estimator that is fitted.
    functions : sequence of callable
        Each is called with every :class:`Epoch`; True ends training.
    max_iter : int
        The most epochs.
    X, y : array
        What it is fitted to.
    """

    def __init__(
        self, estimator: BaseEstimator, functions: Sequence[Callable[..., Any]], max_iter: int,
        X: Any, y: Any,
    ) -> None:
        self._estimator, self._functions, self._max_iter = estimator, functions, max_iter
        self._data = {"X": X, "y": y}
        self._root: Any = None

    def __enter__(self) -> Callbacks:
        if getattr(self._estimator, "_skl_callbacks", None) or hasattr(
            self._estimator, "_parent_callback_ctx"
        ):
            task = self._estimator._init_callback_context(max_subtasks=self._max_iter)
            if _is_heard(task):
                self._root = task
                task.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._root is not None and kind is None:
            self._root.call_on_fit_task_end(
                estimator=self._estimator, reconstruction_attributes=self._fitted, **self._data
            )

    def reporter(
        self, estimator_of: Callable[[Weights], Any]
    ) -> Callable[[EpochFigures], bool] | None:
        """Who is told of an epoch, None if nobody listens.

        Parameters
        ----------
        estimator_of : callable
            From weights (n_weights,) to a copy of the estimator that predicts with them.

        Returns
        -------
        callable or None
            Takes an epoch's figures; True ends training.
        """
        verbose = bool(self._estimator.verbose)
        if not (self._functions or verbose or self._root is not None):
            return None

        def report(figures: EpochFigures) -> bool:
            if verbose:
                sys.stdout.write(f"Iteration {figures.number}, loss = {figures.loss:.8f}\n")
                if not np.isnan(figures.score):
                    sys.stdout.write(f"Validation score: {figures.score:f}\n")
            kept = figures.weights.copy()
            epoch = Epoch(*figures[:-1], lambda: estimator_of(kept))
            # A list, so that everybody hears also after somebody has asked to stop.
            asked = [function(epoch) is True for function in self._functions]
            return any([*asked, self._task(epoch)])

        return report

    def _task(self, epoch: Epoch) -> bool:
        if self._root is None:
            return False
        task = self._root.subcontext(task_name="epoch")
        task.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        return bool(task.call_on_fit_task_end(
            estimator=self._estimator,
            reconstruction_attributes=lambda: _attributes(epoch.estimator()), **self._data,
        ))

    def _fitted(self) -> dict[str, Any]:
        return _attributes(self._estimator)


def _is_heard(task: CallbackContext | None) -> bool:
    """True if the task, or one that it is a part of, has a callback.

    Pipelines and searches make a task of every fit, also where nobody has callbacks.  To
    report epochs to nobody would keep training from taking many of them at once.
    """
    while task is not None:
        if task._callbacks:
            return True
        task = task.parent
    return False


def _attributes(estimator: BaseEstimator) -> dict[str, Any]:
    return {
        name: value for name, value in vars(estimator).items()
        if name.endswith("_") and not name.startswith("_")
    } | {"_classes_of_model": getattr(estimator, "_classes_of_model", None)}
