"""The split of rows into those that train and those that test."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.randomness import generator


def split_rows(
    y: NDArray[Any], test_size: float, seed: int, by_class: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers for training and for testing.

    Parameters
    ----------
    y : array (n_rows,) or (n_rows, n_outputs)
        The rows' targets.
    test_size : float
        Part of the rows that test, 0 for none.
    seed : int
        The same seed gives the same split.
    by_class : bool
        True gives every class its part, to within a row; a class of a single row trains.

    Returns
    -------
    train, test : array of int64
        Both in ascending order.

    Raises
    ------
    ConfigError
        If ``test_size`` leaves nothing to train on.

    Examples
    --------
    >>> train, test = split_rows(np.array([0, 0, 1, 1]), 0.5, seed=0, by_class=True)
    >>> train.size, test.size
    (2, 2)
    """
    if not 0 <= test_size < 1:
        raise ConfigError(f"test size is {test_size}; it must be at least 0 and below 1")
    random = generator(seed, "test rows")
    rank = random.permutation(len(y))
    n_test = round(test_size * len(y))
    if n_test == len(y):
        raise ConfigError(
            f"test size {test_size} leaves none of {len(y)} rows to train on; a smaller one would"
        )
    if by_class:
        # Within a class rows are in random order; the k-th of n comes at (k + u) / n, so
        # that any first part of the whole order holds the same part of every class.
        _, numbers, counts = np.unique(y, return_inverse=True, return_counts=True)
        order = np.lexsort((rank, numbers))
        within = np.arange(len(y)) - np.repeat(np.cumsum(counts) - counts, counts)
        place = np.empty(len(y))
        place[order] = (within + random.random()) / np.repeat(counts, counts)
        rank = np.lexsort((rank, place))
    train, test = rank[n_test:], rank[:n_test]
    if by_class:
        # A class that only tests could never be right; it trains instead.
        lost = np.bincount(numbers[train], minlength=len(counts))[numbers[test]] == 0
        train, test = np.append(train, test[lost]), test[~lost]
    return np.sort(train), np.sort(test)


def split_groups(
    groups: NDArray[Any], test_size: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Row numbers for training and for testing; rows of one group stay together.

    Parameters
    ----------
    groups : array (n_rows,)
        The group of each row.
    test_size : float
        Part of the rows that test, as nearly as whole groups allow; 0 for none.
    seed : int
        The same seed gives the same split.

    Raises
    ------
    ConfigError
        If there are rows to test, and fewer than two groups.

    Examples
    --------
    >>> train, test = split_groups(np.array(["a", "a", "b", "b"]), 0.5, seed=0)
    >>> train.size, test.size
    (2, 2)
    """
    _, members = np.unique(groups, return_inverse=True)
    sizes = np.bincount(members)
    if not test_size:
        return np.arange(len(groups)), np.arange(0)
    if len(sizes) < 2:
        raise ConfigError("all rows are of one group; two or more can be split")
    order = generator(seed, "test groups").permutation(len(sizes))
    before = np.cumsum(sizes[order]) - sizes[order]
    chosen = order[before + sizes[order] / 2 <= test_size * len(groups)]
    chosen = chosen if len(chosen) else order[:1]
    tests = np.isin(members, chosen)
    return np.flatnonzero(~tests), np.flatnonzero(tests)
