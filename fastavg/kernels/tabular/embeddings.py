"""Embeddings of the columns of a table: a few numbers for each, from a compact row.

A level has numbers of its own, a plain number multiplies its own; of a number's bins those before
the row's own count once, those after it minus once (:mod:`fastavg.kernels.tabular.compact_rows`).
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.tabular.compact_rows import KIND, LEVEL, PLAIN

# Columns of the table of pieces, one row for each plain number, category, or number's bins: its
# first input, how many, where the compact row has it, and which block of outputs it becomes.
PIECE_FIRST, PIECE_SIZE, PIECE_PLACE, PIECE_BLOCK = 1, 2, 3, 4
PIECE_COLUMNS = 5


@kernel
def embed(pieces, weights, e, inputs, in_ld, rows, outputs, out_ld, n, bins):
    """outputs <- the embeddings of compact rows.

    Parameters
    ----------
    pieces : array (n_pieces, PIECE_COLUMNS) of int64
        What the numbers of a compact row stand for.
    weights : array (fan_in * e,) of float32 or float64
        The embedding of each input.
    e : int
        Numbers of an embedding.
    inputs : array (rows * in_ld,) like weights
        Compact rows.
    in_ld : int
        Their distance.
    rows : int
        How many there are.
    outputs : array (rows * out_ld,) like weights
        Overwritten.
    out_ld : int
        Distance of its rows.
    n : int
        Outputs, ``e`` for each block.
    bins : array (at least e times the inputs of a piece,) like weights
        Working memory.
    """
    zero = weights.dtype.type(0)
    for r in range(rows):
        out = outputs[r * out_ld : r * out_ld + n]
        for c in range(n):
            out[c] = zero
    for p in range(pieces.shape[0]):
        kind, size = pieces[p, KIND], pieces[p, PIECE_SIZE]
        first, place = pieces[p, PIECE_FIRST], pieces[p, PIECE_PLACE]
        at = pieces[p, PIECE_BLOCK] * e
        own = weights[first * e : (first + size) * e]
        if kind == PLAIN:
            for r in range(rows):
                x, to = inputs[r * in_ld + place], r * out_ld + at
                out = outputs[to : to + e]
                for c in range(e):
                    out[c] += x * own[c]
        elif kind == LEVEL:
            for r in range(rows):
                k = int(inputs[r * in_ld + place])
                if k < 0:
                    continue
                to = r * out_ld + at
                out, level = outputs[to : to + e], own[k * e : k * e + e]
                for c in range(e):
                    out[c] += level[c]
        else:
            # Inputs before a row's own bin are 1, those after it -1.
            whole = bins[:e]
            for c in range(e):
                whole[c] = zero
            for k in range(1, size):
                level = own[k * e : k * e + e]
                for c in range(e):
                    whole[c] -= level[c]
            for k in range(1, size):
                last, now = bins[(k - 1) * e : k * e], bins[k * e : k * e + e]
                before, level = own[(k - 1) * e : k * e], own[k * e : k * e + e]
                for c in range(e):
                    now[c] = last[c] + (before[c] + level[c])
            for r in range(rows):
                k = int(inputs[r * in_ld + place])
                if k < 0:
                    continue
                x, to = inputs[r * in_ld + place + 1], r * out_ld + at
                out = outputs[to : to + e]
                others, level = bins[k * e : k * e + e], own[k * e : k * e + e]
                for c in range(e):
                    out[c] += others[c] + x * level[c]


@kernel
def embed_gradient(pieces, sums, e, inputs, in_ld, rows, errors, error_ld, bins):
    """sums <- the gradient of the embeddings, from compact rows and the errors of the outputs.

    Parameters
    ----------
    pieces : array (n_pieces, PIECE_COLUMNS) of int64
        What the numbers of a compact row stand for.
    sums : array (fan_in * e,) of float32 or float64
        Overwritten.
    e : int
        Numbers of an embedding.
    inputs : array (rows * in_ld,) like sums
        Compact rows.
    in_ld : int
        Their distance.
    rows : int
        How many there are.
    errors : array (rows * error_ld,) like sums
        The outputs' errors.
    error_ld : int
        Distance of its rows.
    bins : array (at least e times one more than the inputs of a piece,) like sums
        Working memory.
    """
    zero = sums.dtype.type(0)
    for p in range(pieces.shape[0]):
        kind, size = pieces[p, KIND], pieces[p, PIECE_SIZE]
        first, place = pieces[p, PIECE_FIRST], pieces[p, PIECE_PLACE]
        at = pieces[p, PIECE_BLOCK] * e
        own = sums[first * e : (first + size) * e]
        for c in range(size * e):
            own[c] = zero
        if kind == PLAIN:
            for r in range(rows):
                x, of = inputs[r * in_ld + place], r * error_ld + at
                error = errors[of : of + e]
                for c in range(e):
                    own[c] += x * error[c]
            continue
        if kind == LEVEL:
            for r in range(rows):
                k = int(inputs[r * in_ld + place])
                if k < 0:
                    continue
                of = r * error_ld + at
                error, level = errors[of : of + e], own[k * e : k * e + e]
                for c in range(e):
                    level[c] += error[c]
            continue
        for c in range(size * e):
            bins[c] = zero
        for r in range(rows):
            k = int(inputs[r * in_ld + place])
            if k < 0:
                continue
            x, of = inputs[r * in_ld + place + 1], r * error_ld + at
            error = errors[of : of + e]
            level, whole = own[k * e : k * e + e], bins[k * e : k * e + e]
            for c in range(e):
                level[c] += x * error[c]
                whole[c] += error[c]
        # A row in a later bin has a 1 here, one in an earlier bin a -1; ``balance`` is what is
        # later less what is earlier.
        balance = bins[size * e : size * e + e]
        for c in range(e):
            balance[c] = zero
        for k in range(1, size):
            here = bins[k * e : k * e + e]
            for c in range(e):
                balance[c] += here[c]
        for k in range(size):
            here, level = bins[k * e : k * e + e], own[k * e : k * e + e]
            for c in range(e):
                level[c] += balance[c]
            if k + 1 == size:
                continue
            after = bins[(k + 1) * e : (k + 2) * e]
            for c in range(e):
                balance[c] -= here[c] + after[c]
