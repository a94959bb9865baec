"""Whole fits beside scikit-learn's, one thread each: small tables, sparse rows, a grid search."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy.sparse import random_array
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier as Theirs
from threadpoolctl import threadpool_limits

from bench.interleaved import alternate
from fastavg import MLPClassifier as Ours

SMALL = {"iris": load_iris, "wine": load_wine, "breast cancer": load_breast_cancer}
# Part of the entries that is not zero, and hidden units.
SPARSE = {"0.002, 50 units": (0.002, 50), "0.01, 100 units": (0.01, 100)}
GRID = {"alpha": [1e-4, 1e-2], "hidden_layer_sizes": [(32,), (64,)], "batch_size": [50, 200]}


@cache
def scaled(name: str) -> tuple[Any, Any]:
    X, y = SMALL[name](return_X_y=True)
    return (X - X.mean(0)) / X.std(0), y


@cache
def sparse_rows(density: float, quick: bool) -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    rows = 400 if quick else 8000
    X = random_array((rows, 20_000), density=density, random_state=0, format="csr")
    return X, (X @ random.normal(size=20_000) > 0).astype(int)


def seconds_of(work: Callable[[], object]) -> Callable[[], float]:
    def taken() -> float:
        began = time.perf_counter()
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore")
            work()
        return time.perf_counter() - began

    return taken


def compared(benchmark: Any, turns: int, ours: Callable[[], object], theirs: Any) -> Any:
    # What compiles, compiles before the first turn.
    seconds_of(ours)()
    return alternate(
        benchmark, seconds_of(ours), {"scikit-learn": seconds_of(theirs)}, turns, "fastavg"
    )


@pytest.mark.parametrize("name", SMALL)
def bench_small_fit(name, benchmark, keep, turns):
    X, y = scaled(name)
    taken = compared(
        benchmark, turns(9), lambda: Ours(random_state=0).fit(X, y),
        lambda: Theirs(random_state=0).fit(X, y),
    )
    keep(f"fit {name}", topic="fits", turns=taken)


@pytest.mark.parametrize("name", SPARSE)
def bench_sparse_fit(name, benchmark, keep, turns, quick):
    density, units = SPARSE[name]
    X, y = sparse_rows(density, quick)
    given = {"hidden_layer_sizes": (units,), "max_iter": 3, "random_state": 0}
    taken = compared(
        benchmark, turns(5), lambda: Ours(**given).fit(X, y), lambda: Theirs(**given).fit(X, y)
    )
    keep(f"fit sparse {name}", topic="fits", turns=taken)


def bench_grid_search(benchmark, keep, turns, quick):
    X, y = load_digits(return_X_y=True)
    X, y = (X[:200], y[:200]) if quick else (X, y)
    given = {"max_iter": 20, "random_state": 0}

    def search(kind: Any) -> Callable[[], object]:
        return lambda: GridSearchCV(kind(**given), GRID, n_jobs=2, cv=3).fit(X / 16, y)

    taken = compared(benchmark, turns(3), search(Ours), search(Theirs))
    keep("grid search", topic="fits", turns=taken)
