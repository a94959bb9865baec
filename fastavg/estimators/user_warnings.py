"""Warnings that point to the user's own line."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import sklearn

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
