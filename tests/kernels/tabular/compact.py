"""Compact rows of every kind, and the inputs that they stand for."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.tabular.compact_rows import (
    BIN,
    FIRST,
    KIND,
    LEVEL,
    PLACE,
    PLAIN,
    SIZE,
    table_of,
)

# Plain inputs between and beside each other, levels, bins of two and of many.
LOOKUPS = table_of(
    [PLAIN, BIN, PLAIN, PLAIN, LEVEL, BIN, LEVEL, PLAIN], [1, 5, 1, 1, 3, 2, 7, 1]
)
WIDTH, NUMBERS = 21, 10


def rows(n, dtype="float64", seed=0):
    """Compact rows, some of their levels and bins not known."""
    random = np.random.default_rng(seed)
    X = random.normal(size=(n, NUMBERS))
    for kind, _, size, place in LOOKUPS:
        if kind != PLAIN:
            X[:, place] = random.integers(-1, size, n)
        if kind == BIN:
            X[:, place + 1] = np.where(X[:, place] < 0, 0, random.uniform(-1, 1, n))
    return X.astype(dtype)


def inputs(X):
    """The inputs, in float64."""
    out = np.zeros((len(X), WIDTH))
    for lookup in LOOKUPS:
        first, size, place = lookup[FIRST], lookup[SIZE], lookup[PLACE]
        if lookup[KIND] == PLAIN:
            out[:, first : first + size] = X[:, place : place + size]
            continue
        for row, chosen in enumerate(X[:, place].astype(int)):
            if chosen < 0:
                continue
            if lookup[KIND] == LEVEL:
                out[row, first + chosen] = 1
            else:
                out[row, first : first + chosen] = 1
                out[row, first + chosen] = X[row, place + 1]
                out[row, first + chosen + 1 : first + size] = -1
    return out
