"""Whether a column of whole numbers says which row a row is, of rows on several ranks."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import gather_values
from fastavg.data.column_plan import FEW, ID_NAME

# Numbers that a rank sends to the others at a time.
BLOCK = 1 << 20


def are_row_numbers(
    name: str, numbers: NDArray[np.float64], n_rows: int, ranks: Communicator
) -> bool:
    """True for whole numbers that follow each other, or differ and are called an id; a collective.

    Parameters
    ----------
    name : str
        The column's name.
    numbers : array (n_rows_of_rank,) of float64
        Of this rank, in the order of the rows; whole, and none is missing on any rank.
    n_rows : int
        Rows of all ranks.
    ranks : Communicator
        Between ranks.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> are_row_numbers("number", np.arange(30.0), 30, LocalCommunicator())
    True
    """
    if n_rows < FEW:
        return False
    own = [len(numbers), bool(np.all(np.diff(numbers) == 1))]
    ends = [float(numbers[0]), float(numbers[-1])] if len(numbers) else [0.0, 0.0]
    full = [each for each in gather_values([*own, *ends], ranks) if each[0]]
    follow = all(each[1] for each in full) and all(
        later[2] - earlier[3] == 1 for earlier, later in itertools.pairwise(full)
    )
    return follow or bool(ID_NAME.search(name) and all_different(np.sort(numbers), ranks))


def all_different(numbers: NDArray[np.float64], ranks: Communicator) -> bool:
    """True if no number occurs twice on any ranks; a collective.

    Every rank sends its numbers to all others, a million at a time.

    Parameters
    ----------
    numbers : array (n_numbers,) of float64
        Of this rank, in ascending order.
    ranks : Communicator
        Between ranks.
    """
    twice = bool((np.diff(numbers) == 0).any())
    lengths = gather_values(len(numbers), ranks)
    for root, length in enumerate(lengths if ranks.size > 1 else []):
        for start in range(0, length, BLOCK):
            block = np.zeros(min(BLOCK, length - start))
            if root == ranks.rank:
                block[:] = numbers[start : start + BLOCK]
            ranks.broadcast(block, root)
            if root != ranks.rank and len(numbers):
                places = np.minimum(np.searchsorted(numbers, block), len(numbers) - 1)
                twice = twice or bool((numbers[places] == block).any())
    found = np.array([twice], np.int64)
    ranks.allreduce(found, "max")
    return not found[0]
