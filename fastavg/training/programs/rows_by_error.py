"""The rows of a round drawn by their losses under the common weights.

A part of local training, where ``sampling`` is ``emphasis``
(:mod:`fastavg.data.emphasis`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.data.emphasis import Emphasis, drawn_by_error
from fastavg.data.sampling import Batches
from fastavg.networks.network import OUTPUTS
from fastavg.networks.workspace import Workspace
from fastavg.training.programs.contract import Order
from fastavg.training.run import Run

# Of a network's values before the output function.
PLAIN = OUTPUTS["margin"]


def by_error(run: Run, space: Workspace, order: Order, batches: Batches) -> Batches:
    """The batches of a round, with rows of high errors more often.

    Parameters
    ----------
    run : Run
        Whose ``sampling`` is :class:`Emphasis`, on dense rows.
    space : Workspace
        Holds the weights that the round starts from.
    order : Order
        Worker and round.
    batches : Batches
        As they would be without.

    Returns
    -------
    Batches
        With steps of the same lengths.
    """
    scheme, rows = run.plan.sampling, batches.order
    assert isinstance(scheme, Emphasis)
    different, places = np.unique(rows, return_inverse=True)
    losses = losses_of(run, space, different)[places]
    drawn = drawn_by_error(losses, scheme.share, run.plan.seed, order.worker, order.round)
    return Batches(rows[drawn], batches.steps)


def losses_of(
    run: Run, space: Workspace, rows: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The loss of each of some rows, without weights of rows and penalties.

    Parameters
    ----------
    run : Run
        Its rows are dense.
    space : Workspace
        Holds the weights.
    rows : array (n,) of int64
        Numbers of training rows.
    """
    from fastavg.kernels.network.dense import predict_rows

    X, Y, network = run.rows.X, run.rows.Y, run.network
    assert isinstance(X, np.ndarray)
    z = np.empty((len(rows), network.layer_sizes[-1]), space.theta.dtype)
    space.pack_weights()
    for start in range(0, len(rows), space.rows):
        part = rows[start : start + space.rows]
        predict_rows(
            space.layers, PLAIN, space.theta, space.scratch.blocks, space.scratch.tile, X[part],
            0, len(part), z[start : start + space.rows],
        )
    with np.errstate(all="ignore"):
        return space.criterion.rows(z, Y[rows], network.output)
