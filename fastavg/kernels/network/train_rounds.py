"""Rounds of a worker that trains alone: one call for as many as nobody asks in between."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.dense import squared_weights
from fastavg.kernels.network.packing import all_finite
from fastavg.kernels.network.train_steps import train_steps

# What is left of a round: summed loss, summed row weight, squared weights at its end.
LOSS, WEIGHT, SQUARES = range(3)


@kernel
def train_rounds(
    layers, output, solver, hyper, rates, l2, theta, state, scratch, data, steps, bounds, figures
):
    """Take the steps of several rounds.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    solver : int
        Code of the optimizer, or the address of its stage.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer, moved on.
    rates : array (n_steps,) of float64
        Learning rate of each step.
    l2 : float
        Factor of the L2 penalty ``l2 / 2 * |W|^2``, for the rows of the batch together.
    theta : array (size,) of float32 or float64
        The weights, changed in place.
    state : array (n_vectors, size) like theta
        State of the optimizer, changed in place.
    scratch : Scratch
        Working memory (:class:`fastavg.kernels.network.layout.Scratch`).
    data : Samples
        Features, targets, weights and order of the rows.
    steps : array (n_steps, 2) of int64
        Start in ``data.order`` and length of each batch.
    bounds : array (n_rounds + 1,) of int64
        The first step of each round, and the end of the last one.
    figures : array (n_rounds, 3) of float64
        Overwritten: summed loss and row weight of each round, and the squared weights,
        biases left out, at its end.

    Returns
    -------
    int
        The number of rounds.  Fewer than asked: after the next one a weight is not finite.
    """
    for r in range(bounds.size - 1):
        begin, end = bounds[r], bounds[r + 1]
        loss, weight = train_steps(
            layers, output, solver, hyper, rates[begin:end], l2, theta, state, scratch, data,
            steps[begin:end],
        )
        if not all_finite(theta):
            return r
        figures[r, LOSS], figures[r, WEIGHT] = loss, weight
        figures[r, SQUARES] = squared_weights(layers, theta)
    return bounds.size - 1
