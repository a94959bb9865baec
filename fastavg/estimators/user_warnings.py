"""Warnings that point to the user's own line."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import sklearn
from sklearn.exceptions import ConvergenceWarning

from fastavg.estimators.parameters import Parameters
from fastavg.training.controllers.early_stopping import EarlyStopping

# Frames of fastavg and of scikit-learn are passed over.
FOLDERS = (Path(__file__).parents[1], Path(sklearn.__file__).parent)
PASSED = tuple(f"{folder}{os.sep}" for folder in FOLDERS)


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is neither fastavg's nor scikit-learn's.

    Parameters
    ----------
    message : str
        The warning's text.
    category : type, default UserWarning
        The warning's class.
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PASSED):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def warn_if_unfinished(estimator: Parameters, watch: EarlyStopping) -> None:
    """Warn if a fit has ended before it converged, as scikit-learn does.

    Parameters
    ----------
    estimator : Parameters
        The estimator.
    watch : EarlyStopping
        What it has seen of the run.
    """
    if estimator.solver == "lbfgs":
        if watch.stopped_by:
            warn_user(
                f"lbfgs failed to converge after {watch.epochs} iterations "
                f"({watch.stopped_by}); a larger max_iter or scaled features would help",
                ConvergenceWarning,
            )
    elif (watch.epochs == estimator.max_iter and estimator.preset is None
            and not watch.converged and estimator.max_seconds is None):
        warn_user(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the "
            "optimization hasn't converged yet.", ConvergenceWarning,
        )
