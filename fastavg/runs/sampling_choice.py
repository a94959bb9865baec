"""Whether all rows fit in the memory of every rank, or each rank has to keep to its own."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together
from fastavg.data.readers.by_suffix import expand
from fastavg.machine.resources import usable_memory
from fastavg.plan.inputs import DataOptions
from fastavg.plan.placement import ranks_beside

# Copies of the rows that reading them as a whole has in memory at a time, in bytes a number:
# columns are float64 twice before they are rows, a .npy file is mapped.
COLUMN_BYTES = 16
# Part of the free memory that rows may take.
ROOM = 0.8


class Choice(NamedTuple):
    """A sampling scheme, and why.

    Parameters
    ----------
    name : str
        ``shards`` or ``partitions``.
    why : str
        A sentence with the numbers.
    """

    name: str
    why: str


def choose_sampling(options: DataOptions, dtype: str, ranks: Communicator) -> Choice:
    """Shards where every rank has room for all rows, else partitions; a collective.

    Parameters
    ----------
    options : DataOptions
        Where the rows come from.
    dtype : str
        ``float32`` or ``float64``, of the rows in training.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    Choice
        The same on every rank.

    Raises
    ------
    DataError
        If the file cannot be used.
    """
    needed = 0
    with failing_together(ranks):
        needed = bytes_of_whole(options, np.dtype(dtype).itemsize)
    figures = np.array([needed, -(usable_memory() // ranks_beside(ranks))])
    ranks.allreduce(figures, "max")
    needed, free = int(figures[0]), -int(figures[1])
    name = "shards" if needed <= ROOM * free else "partitions"
    fits = "fits" if name == "shards" else "does not fit"
    return Choice(name, (
        f"sampling: {name}, as reading all rows on every rank takes {needed / 1e9:.1f} GB, which "
        f"{fits} in the {free / 1e9:.1f} GB that are free for a rank"
    ))


def bytes_of_whole(options: DataOptions, itemsize: int) -> int:
    """Bytes that a rank needs that reads and trains on all rows.

    Parameters
    ----------
    options : DataOptions
        Where the rows come from; files that cannot be read in parts are taken to fit.
    itemsize : int
        Bytes of a number in training.

    Raises
    ------
    DataError
        If the file cannot be used.
    """
    if options.file is None:
        return 0
    from fastavg.data.parts.group_files import has_groups, open_groups
    from fastavg.data.parts.npy_parts import open_npy

    files = expand(options.file)
    if files and all(has_groups(each) for each in files):
        opened = [open_groups(Path(each)) for each in files]
        numbers = sum(sum(file.groups) * len(file.schema.names) for file in opened)
        return numbers * max(COLUMN_BYTES, 2 * itemsize)
    if len(files) == 1 and files[0].suffix.lower() == ".npy":
        made = open_npy(files[0], options.target, 1)
        # Scaled, and in the memory that processes share.
        return sum(made.sizes) * made.n_features * 2 * itemsize
    return 0
