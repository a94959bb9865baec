"""Products of inputs that lie in chunks of columns, piece by piece.

In the memory of a piece of rows, the first chunk of all its rows comes first, row after row, then
the second one::

    rows of a piece      a a a b b b c        memory      a a a  a a a   b b b  b b b   c  c
                         a a a b b b c

So the columns that a product takes at once are a few pages that follow each other.  Rows of whole
inputs would be a page each: a tile of the gradient takes some columns of all rows, and the
processor would look up more pages than it keeps, and know no line in advance.
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.vectorized.emitter import WORD_BYTES
from fastavg.kernels.vectorized.float_tiles import ADDED, AS_IT_IS, PANEL, multiply

# The most of the depth of a product at once: of 64 columns of the right operand that is 28 kB.
DEPTH = 112


@kernel
def gather_chunks(X, order, first, rows, piece, chunk, blocks, ld):
    """Copy rows ``order[first:first + rows]`` of X to the input block, each piece in chunks.

    Parameters
    ----------
    X : array (n_rows, n_features) of float32 or float64
        The features.
    order : array of int64
        Numbers of rows of X.
    first : int
        Place of the first row in ``order``.
    rows : int
        Rows that are copied.
    piece : int
        Rows of a piece; the last one may have fewer.
    chunk : int
        Columns of a chunk; the last one may have fewer.
    blocks : array like X
        The input block begins at its first number.
    ld : int
        Numbers of a row's part in the memory of its piece, at least ``n_features``.
    """
    n = X.shape[1]
    for start in range(0, rows, piece):
        high = min(piece, rows - start)
        for r in range(high):
            source = X[order[first + start + r]]
            for c in range(0, n, chunk):
                wide = min(chunk, n - c)
                at = start * ld + c * high + r * wide
                target, given = blocks[at : at + wide], source[c : c + wide]
                for i in range(wide):
                    target[i] = given[i]


@kernel
def multiply_chunks(
    rows, columns, depth, chunk, inputs, weights, weights_ld, zero, scale, target, target_ld
):
    """target <- scale * inputs weights, summed in float32.

    Whole vectors of 16 columns of the weights are read, and of the product are written.

    Parameters
    ----------
    rows : int
        Rows of the piece.
    columns : int
        Columns of the weights and of the product.
    depth : int
        Columns of the inputs and rows of the weights, at least one.
    chunk : int
        Columns of a chunk.
    inputs : int64
        Address of the piece.
    weights : int64
        Address of the weights, whose rows are contiguous.
    weights_ld : int64
        Distance of their rows, in bytes.
    zero : int64
        Address of a number that is 0.
    scale : float32
        Factor of the product.
    target : int64
        Address of the product.
    target_ld : int64
        Distance of its rows, in bytes.
    """
    for p in range(0, columns, PANEL):
        place = target + WORD_BYTES * p
        for k in range(0, depth, chunk):
            wide = min(chunk, depth - k)
            multiply(
                rows, min(PANEL, columns - p), wide, inputs + WORD_BYTES * k * rows,
                WORD_BYTES * wide, WORD_BYTES, weights + k * weights_ld + WORD_BYTES * p,
                weights_ld, zero, 0, scale, place, target_ld, ADDED if k else AS_IT_IS, place,
            )


@kernel
def add_gradient_of_chunks(
    rows, columns, fan_in, chunk, inputs, errors, errors_ld, zero, scale, target, target_ld
):
    """target <- target + scale * inputs' errors, summed in float32 over up to DEPTH rows.

    While a chunk's rows of the target are in cache, all rows of the piece are added to them.
    Whole vectors of 16 columns of the errors are read, and of the target are written.

    Parameters
    ----------
    rows : int
        Rows of the piece.
    columns : int
        Columns of the errors and of the target.
    fan_in : int
        Columns of the inputs and rows of the target.
    chunk : int
        Columns of a chunk.
    inputs : int64
        Address of the piece.
    errors : int64
        Address of the errors, whose rows are contiguous.
    errors_ld : int64
        Distance of their rows, in bytes.
    zero : int64
        Address of a number that is 0.
    scale : float32
        Factor of the product.
    target : int64
        Address of the gradient.
    target_ld : int64
        Distance of its rows, in bytes.
    """
    parts = (rows + DEPTH - 1) // DEPTH
    deep = (rows + parts - 1) // parts
    for c in range(0, fan_in, chunk):
        wide = min(chunk, fan_in - c)
        for r in range(0, rows, deep):
            first = inputs + WORD_BYTES * (c * rows + r * wide)
            for p in range(0, columns, PANEL):
                place = target + c * target_ld + WORD_BYTES * p
                multiply(
                    wide, min(PANEL, columns - p), min(deep, rows - r), first, WORD_BYTES,
                    WORD_BYTES * wide, errors + r * errors_ld + WORD_BYTES * p, errors_ld, zero,
                    0, scale, place, target_ld, ADDED, place,
                )
