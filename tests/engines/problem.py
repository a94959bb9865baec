"""The rows that are fitted on clusters and here."""

from __future__ import annotations

import hashlib
import warnings

import numpy as np

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts.piece_parts import Piece
from fastavg.datasets import load_digits5k
from fastavg.estimators.part_fit import fit_on_parts

OPTIONS = {"hidden_layer_sizes": (8,), "workers": 8, "max_iter": 3, "random_state": 0}
# A fit that does not end by itself before the test is over.
ENDLESS = {**OPTIONS, "max_iter": 100_000, "tol": 0.0, "n_iter_no_change": 100_000}
# One that is long enough to be struck in its middle.
STRUCK = {**OPTIONS, "max_iter": 30, "checkpoint_every": 4, "tol": 0.0}


def rows():
    """Digits."""
    X, y = load_digits5k()
    return X[:2000], y[:2000]


def weights_of_rows():
    """Of the same rows."""
    return 1.0 + np.arange(2000) % 3


def digest(weights):
    """SHA-256."""
    return hashlib.sha256(weights.tobytes()).hexdigest()


def local(kind, *data, options=OPTIONS, **named):
    """The digest of a fit of this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return digest(kind(**options).fit(*data, **named).weights_)


def in_parts(kind, X, y, weights=None, held=None, options=OPTIONS):
    """The digest of a fit of this process on rows in parts, some of which are held out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = kind(**options)
        fit_on_parts(model, [Piece(X, y, weights, held)], len(X), LocalCommunicator())
        return digest(model.weights_)
