"""The embedded digits: their shape, range and order, and that a caller owns what it gets."""

from __future__ import annotations

import hashlib

import numpy as np

from fastavg.datasets import load_digits5k


def test_digits():
    X, y = load_digits5k()
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((5000, 400), np.float32, (5000,), np.int64)
    assert (X.min(), X.max()) == (0, 1)
    assert np.bincount(y).tolist() == [500] * 10
    assert (np.diff(y) >= 0).all()
    # Grey levels are whole 255ths.
    np.testing.assert_allclose(X * 255, np.round(X * 255), atol=1e-4)


def test_every_digit_looks_different_from_the_others():
    X, y = load_digits5k()
    means = np.array([X[y == digit].mean(axis=0) for digit in range(10)])
    nearest = ((X[::50, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == y[::50]).mean() > 0.7


def test_each_call_returns_arrays_of_its_own():
    X, y = load_digits5k()
    before = hashlib.sha256(X.tobytes() + y.tobytes()).hexdigest()
    X[:] = 7
    y[:] = 7
    X, y = load_digits5k()
    assert hashlib.sha256(X.tobytes() + y.tobytes()).hexdigest() == before
