"""Compact rows: the few numbers that tell all inputs of a network of a table.

One row of the table of lookups stands for a column's inputs, in their order:

==========  ===================================================  =========================
kind        what the compact row holds from ``PLACE`` on          the inputs from ``FIRST`` on
==========  ===================================================  =========================
``PLAIN``   ``SIZE`` numbers                                     these numbers
``LEVEL``   k, from 0; -1 for none                               1 for the k-th, else 0
``BIN``     k, from 0, or -1 for none, and e, from -1 to 1       1 before the k-th, e, then -1
==========  ===================================================  =========================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PLAIN, LEVEL, BIN = range(3)
# Columns of the table of lookups.
KIND, FIRST, SIZE, PLACE = range(4)
LOOKUP_COLUMNS = 4


def numbers_of(kind: int, size: int) -> int:
    """How many numbers of a compact row stand for so many inputs.

    Parameters
    ----------
    kind : int
        ``PLAIN``, ``LEVEL`` or ``BIN``.
    size : int
        Inputs.

    Examples
    --------
    >>> numbers_of(PLAIN, 3), numbers_of(LEVEL, 3), numbers_of(BIN, 3)
    (3, 1, 2)
    """
    return {PLAIN: size, LEVEL: 1, BIN: 2}[kind]


def table_of(kinds: list[int], sizes: list[int]) -> NDArray[np.int64]:
    """The table of lookups of columns that stand side by side.

    Parameters
    ----------
    kinds : list of int
        What each is.
    sizes : list of int
        The inputs of each.

    Returns
    -------
    array (n_lookups, LOOKUP_COLUMNS) of int64
        Plain ones that follow each other are one.

    Examples
    --------
    >>> table_of([PLAIN, PLAIN, BIN], [1, 1, 5]).tolist()
    [[0, 0, 2, 0], [2, 2, 5, 2]]
    """
    rows: list[list[int]] = []
    first = place = 0
    for kind, size in zip(kinds, sizes, strict=True):
        if rows and kind == PLAIN == rows[-1][KIND]:
            rows[-1][SIZE] += size
        else:
            rows.append([kind, first, size, place])
        first, place = first + size, place + numbers_of(kind, size)
    return np.array(rows, np.int64).reshape(-1, LOOKUP_COLUMNS)
