"""Turned blocks: for each unit of a layer, its numbers for all rows of the batch side by side.

Vectors then lie along the rows, and a small layer fills them whatever its width.  After the
last row a unit's numbers go on to a whole vector; what stands there is never used.
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.layout import LINE


@kernel
def turned_ld(rows):
    """Distance of two units of a turned block, in numbers.

    Parameters
    ----------
    rows : int
        Rows of the batch.

    Returns
    -------
    int
        ``rows``, rounded up to whole vectors.
    """
    return (rows + LINE - 1) // LINE * LINE


@kernel
def take_units(z, at, rows, n, columns):
    """Copy the numbers of a turned block without what stands after the last row.

    Parameters
    ----------
    z : array of float32 or float64
        Holds the block.
    at : int
        Place of its first number.
    rows : int
        Rows of the batch.
    n : int
        Units.
    columns : array (n * rows,) like z
        Overwritten.
    """
    ld = turned_ld(rows)
    for c in range(n):
        for r in range(rows):
            columns[c * rows + r] = z[at + c * ld + r]


@kernel
def give_units(columns, rows, n, z, at):
    """Write the numbers of a turned block; what stands after the last row is left alone.

    Parameters
    ----------
    columns : array (n * rows,) of float32 or float64
        The numbers, unit by unit.
    rows : int
        Rows of the batch.
    n : int
        Units.
    z : array like columns
        Holds the block.
    at : int
        Place of its first number.
    """
    ld = turned_ld(rows)
    for c in range(n):
        for r in range(rows):
            z[at + c * ld + r] = columns[c * rows + r]
