"""Warnings that point to the user's own line."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

import sklearn

import fastavg

# Frames of these packages are passed over, the methods of the standard library that call
# them between two of theirs included.
PASSED = tuple(
    f"{Path(package.__file__).parent}{os.sep}" for package in (fastavg, sklearn) if package.__file__
)


def warn_user(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line that is neither fastavg's nor scikit-learn's.

    Parameters
    ----------
    message : str
    category : type
    """
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(PASSED):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)
