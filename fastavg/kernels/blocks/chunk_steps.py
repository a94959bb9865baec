"""The optimizer's step on a chunk of the common weights, along the mean of the workers' gradients.

A chunk is cut into pieces where weights and biases meet, and where gaps begin.  A step on
a piece does not depend on what is done beside it.
"""

from __future__ import annotations

from fastavg.kernels.blocks.segments import DECAYS, LENGTH, WIDE_AT
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.optimizers import STEP_AT, update


# Whole records take long to hand over; what is called for every chunk is given arrays.
@kernel
def step_pieces(solver, hyper, rate, decay, theta, state, table, low, high, chunk):
    """The optimizer's step on some pieces.

    Parameters
    ----------
    solver : int
        Code of the optimizer, or the address of its stage.
    hyper : array of float64
        The optimizer's numbers.
    rate : float
        Learning rate.
    decay : number like theta
        L2 factor of weights, divided by the row weight of the whole batch.
    theta : array (wide size,)
        The weights, changed in place.
    state : array (state vectors, wide size)
        The optimizer's state, changed in place.
    table : array (pieces, 3) of int64
        Where the pieces lie (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    low, high : int
        The first piece, and the one after the last.
    chunk : array like theta
        Their gradients, one piece after the other.
    """
    zero, read = theta.dtype.type(0), 0
    for piece in range(low, high):
        at, n = table[piece, WIDE_AT], table[piece, LENGTH]
        update(
            solver, hyper, rate, decay if table[piece, DECAYS] else zero, theta[at : at + n],
            state, at, chunk[read : read + n],
        )
        read += n


@kernel
def step_span(solver, hyper, rate, decay, theta, state, table, low, high, start, span):
    """As :func:`step_pieces`, with gradients that lie as the wide vector does, with its gaps.

    Parameters
    ----------
    solver : int
        Code of the optimizer, or the address of its stage.
    hyper : array of float64
        The optimizer's numbers.
    rate : float
        Learning rate.
    decay : number like theta
        L2 factor of weights, divided by the row weight of the whole batch.
    theta : array (wide size,)
        The weights, changed in place.
    state : array (state vectors, wide size)
        The optimizer's state, changed in place.
    table : array (pieces, 3) of int64
        Where the pieces lie (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    low, high : int
        The first piece, and the one after the last.
    start : int
        Where the span begins in the wide vector.
    span : array like theta
        The gradients.
    """
    zero = theta.dtype.type(0)
    for piece in range(low, high):
        at, n = table[piece, WIDE_AT], table[piece, LENGTH]
        update(
            solver, hyper, rate, decay if table[piece, DECAYS] else zero, theta[at : at + n],
            state, at, span[at - start : at - start + n],
        )


@kernel
def penalize_pieces(theta, table, low, high, chunk, decay, pull, most):
    """Add the penalties' slopes to the gradients of some pieces, then clip every number.

    Parameters
    ----------
    theta : array (wide size,)
        The weights.
    table : array (pieces, 3) of int64
        Where the pieces lie (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    low, high : int
        The first piece, and the one after the last.
    chunk : array like theta
        Their gradients, one piece after the other, changed in place.
    decay, pull : number like theta
        L2 and L1 factor of weights, divided by the row weight of the whole batch.
    most : number like theta
        Largest magnitude of a number; infinity for no limit.

    Returns
    -------
    int
        How many numbers the pieces have.
    """
    zero, one = theta.dtype.type(0), theta.dtype.type(1)
    read = 0
    for piece in range(low, high):
        at, n, decays = table[piece, WIDE_AT], table[piece, LENGTH], table[piece, DECAYS]
        g, w = chunk[read : read + n], theta[at : at + n]
        for i in range(n):
            x = g[i]
            if decays:
                side = one if w[i] > zero else -one if w[i] < zero else zero
                x = x + decay * w[i] + pull * side
            x = most if x > most else x
            x = -most if x < -most else x
            g[i] = x
        read += n
    return read


@kernel
def step_along(training, hyper, rate, pieces, theta, state, mean, total):
    """One step of the optimizer along a mean gradient that is given: what a block does with it.

    Parameters
    ----------
    training : Training
        Optimizer and L2 penalty.
    hyper : array of float64
        The optimizer's numbers, moved on.
    rate : float
        Learning rate.
    pieces : Segments
        Of ``training.layers`` (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    theta : array (wide size,)
        The weights in a worker's layout, moved.
    state : array (state vectors, wide size)
        The optimizer's state, moved on.
    mean : array (wide size,)
        The mean gradient.
    total : float
        Row weight of all batches; without any, nothing moves.
    """
    hyper[STEP_AT] += 1
    if not total > 0:
        return
    step_span(
        training.solver, hyper, rate, theta.dtype.type(training.l2 / total), theta, state,
        pieces.table, 0, pieces.table.shape[0], 0, mean,
    )
