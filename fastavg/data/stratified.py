"""Samples in which every class has its share.

Two plain samples of the same rows differ by chance in how often each class occurs.
Where all that a network has learned is how often that is, as at the start of
training, such workers go apart for no other reason.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.data.permutations import permuted
from fastavg.errors import ConfigError
from fastavg.randomness import key


class Strata:
    """The rows of each class, and how many of them a sample holds.

    Parameters
    ----------
    classes : array (n_rows,)
        The class of each row.
    sample_rows : int
        Rows of a sample; every class has its share of them, rounded so that all add up
        and all samples agree.

    Examples
    --------
    >>> strata = Strata(np.array([0, 0, 0, 0, 1, 1, 1, 1]), 4)
    >>> np.sort(strata.sample(seed=0, worker=1, round=5)) // 4
    array([0, 0, 1, 1])
    """

    def __init__(self, classes: NDArray[np.generic], sample_rows: int) -> None:
        _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
        self._members = np.split(np.argsort(numbers, kind="stable"), np.cumsum(counts)[:-1])
        exact = counts * (sample_rows / len(classes))
        self._sizes = np.floor(exact).astype(np.int64)
        missing = sample_rows - int(self._sizes.sum())
        self._sizes[np.argsort(self._sizes - exact, kind="stable")[:missing]] += 1

    def sample(self, seed: int, worker: int, round: int) -> NDArray[np.int64]:
        """A worker's rows in a round, class after class.

        Parameters
        ----------
        seed : int
            The run's seed.
        worker : int
            The worker's number, from 0.
        round : int
            The round's number, from 0.

        Returns
        -------
        array (sample_rows,) of int64
            Numbers of rows; a pure function of seed, worker and round.
        """
        parts = []
        for number, (members, size) in enumerate(zip(self._members, self._sizes, strict=True)):
            own = key(seed, "stratum", worker, round, number)
            parts.append(members[permuted([own], len(members), np.arange(size))[0]])
        return np.concatenate(parts)


class EvenClasses:
    """Epochs in which every class occurs equally often.

    Rows of frequent classes take turns, those of rare ones are repeated.

    Parameters
    ----------
    classes : array (n_rows,)
        The class of each row.

    Examples
    --------
    >>> rows = EvenClasses(np.array([0, 0, 0, 0, 0, 1])).epoch(seed=0, epoch=2)
    >>> len(rows), int((rows == 5).sum())
    (6, 3)
    """

    def __init__(self, classes: NDArray[np.generic]) -> None:
        _, numbers, counts = np.unique(classes, return_inverse=True, return_counts=True)
        self._members = np.split(np.argsort(numbers, kind="stable"), np.cumsum(counts)[:-1])
        bounds = np.arange(len(counts) + 1) * len(classes) // len(counts)
        self._sizes = np.diff(bounds)

    def epoch(self, seed: int, epoch: int) -> NDArray[np.int64]:
        """The rows of an epoch, class after class.

        Parameters
        ----------
        seed : int
            The run's seed.
        epoch : int
            From 0.

        Returns
        -------
        array (n_rows,) of int64
            Numbers of rows; those of a class go on in one order from epoch to epoch, so that
            all have been used before one is used again.
        """
        parts = []
        for number, (members, size) in enumerate(zip(self._members, self._sizes, strict=True)):
            used = epoch * size + np.arange(size)
            turns, places = used // len(members), used % len(members)
            for turn in np.unique(turns):
                own = key(seed, "class turn", number, int(turn))
                chosen = permuted([own], len(members), places[turns == turn])
                parts.append(members[chosen[0]])
        return np.concatenate(parts)


def one_class_each(Y: NDArray[np.floating]) -> NDArray[np.floating]:
    """The class of each row of a target matrix.

    Parameters
    ----------
    Y : array (n_rows, n_targets)
        Targets as the network sees them.

    Returns
    -------
    array (n_rows,)
        Class numbers.

    Raises
    ------
    ConfigError
        If rows have several targets.
    """
    if Y.shape[1] != 1:
        raise ConfigError(
            f"sampling is stratified or balanced, but each row has {Y.shape[1]} targets; "
            "it needs one class for each row"
        )
    return Y[:, 0]
