"""The inputs of a batch, cut as units are: the columns of a unit lie together, row by row.

The rows of a wide layer's inputs lie on a page each.  What a unit is multiplied with would be
spread over as many pages as the batch has rows, more than a processor's first table of addresses
holds; in chunks it is a page or two.
"""

from __future__ import annotations

from fastavg.kernels.blocks.segments import copy
from fastavg.kernels.jit.decorator import kernel


@kernel
def gather_in_chunks(X, order, first, rows, width, distance, inputs):
    """Copy rows ``order[first:first + rows]`` of X to chunks of columns.

    Parameters
    ----------
    X : array (n_rows, n_features) of float32 or float64
        The features.
    order : array of int64
        Numbers of rows of X.
    first : int
        Place of the batch's first row in ``order``.
    rows : int
        Rows of the batch.
    width : int
        Columns of a chunk, and the distance of its rows.
    distance : int
        From a chunk to the next, in numbers.
    inputs : array like X
        The chunks, overwritten.
    """
    n = X.shape[1]
    for r in range(rows):
        source = X[order[first + r]]
        for column in range(0, n, width):
            at = column // width * distance + r * width
            stop = min(column + width, n)
            copy(source[column:stop], inputs[at : at + stop - column])


@kernel
def chunk_start(first, width, distance):
    """Where a chunk of the inputs begins.

    Parameters
    ----------
    first : int
        The chunk's first column.
    width, distance : int
        As for :func:`gather_in_chunks`.

    Returns
    -------
    int
        Its first number's place.
    """
    return first // width * distance
