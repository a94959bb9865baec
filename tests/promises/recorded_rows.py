"""Rows of the recorded runs: a part of the embedded digits, and drawn arrays."""

from __future__ import annotations

from functools import cache

import numpy as np

from fastavg.datasets import load_digits5k


@cache
def digits():
    """500 digits of all classes: X in float32, y, no weights."""
    X, y = load_digits5k()
    return X[::10].copy(), y[::10].copy(), None


def digits_weighted():
    """The same with a weight for each row."""
    X, y, _ = digits()
    return X, y, np.random.default_rng(11).uniform(0.2, 3.0, len(X))


@cache
def classes(kinds=3):
    """240 rows of six features in float64, and a class."""
    random = np.random.default_rng(12)
    X = random.normal(0, 1, (240, 6))
    return X, (X @ random.normal(0, 1, (6, kinds))).argmax(axis=1), None


@cache
def labels():
    """The same features, and three labels that are each yes or no."""
    X, _, _ = classes()
    return X, (X[:, :3] + X[:, 3:] > 0).astype(int), None


@cache
def numbers():
    """The same features, and a number."""
    X, _, _ = classes()
    noise = np.random.default_rng(13).normal(0, 0.1, len(X))
    return X, np.sin(X[:, 0]) + 0.5 * X[:, 1] + noise, None


@cache
def counts():
    """The same features, and a count of at least 1."""
    X, _, _ = classes()
    return X, 1.0 + np.random.default_rng(14).poisson(np.exp(0.5 * X[:, 0])), None


def overflowing():
    """Three rows, the second one too large for float32's squares."""
    X, y = np.ones((3, 2), "f4"), np.ones(3, "f4")
    X[1] = y[1] = 1e30
    return X, y, None


def write_files(folder):
    """What the shell's runs read: classes.csv, numbers.csv, digits.npz and X.npy with y.npy."""
    for name, (X, y, _) in (("classes", classes()), ("numbers", numbers())):
        np.savetxt(
            folder / f"{name}.csv", np.column_stack([X, y]).round(6), fmt="%.6f", delimiter=",",
            header="a,b,c,d,e,f,target", comments="",
        )
    X, y, _ = digits()
    np.savez(folder / "digits.npz", X=X, y=y)
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
