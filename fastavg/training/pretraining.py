"""Layer-wise discriminative pre-training: a network that grows by one hidden layer at a time.

.. code-block:: text

    inputs - h1 - outputs                 a few passes
    inputs - h1 - h2 - outputs            the outputs drawn anew; a few passes
    inputs - h1 - h2 - h3 - outputs       all layers from there on: the training proper

Each network is trained on the targets as the last one will be, so its hidden layers are of use
to them from the start (Seide, Li, Chen and Yu 2011).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.plan.stopping_rule import Stopping
from fastavg.training.run import Run

Weights = NDArray[np.floating]
Trainer = Callable[[Run, Execution], Weights]


def pretrained(
    network: Network, plan: Plan, rows: Rows, execution: Execution, trainer: Trainer
) -> Weights:
    """First weights whose hidden layers, but the last, were trained one after the other.

    Parameters
    ----------
    network : Network
        What will be trained.
    plan : Plan
        How; ``pretraining`` passes for each layer, with the solver and the workers of the plan.
    rows : Rows
        Training rows in the plan's dtype.
    execution : Execution
        Processes and ranks; checkpoints and observers are those of the training proper.
    trainer : callable
        From a run and its execution to the trained weights.

    Returns
    -------
    array (n_weights,)
        The same for any number of processes and ranks.
    """
    start = network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
    sizes, hidden = network.layer_sizes, len(network.layer_sizes) - 2
    short = replace(plan, epochs=plan.pretraining, pretraining=0.0, stopping=Stopping())
    quiet = replace(execution, checkpoint=None, resume=None, observers=())
    learned: list[tuple[Weights, ...]] = []
    for depth in range(1, hidden):
        smaller = Network(
            (*sizes[: depth + 1], sizes[-1]), network.activations[:depth], network.output
        )
        first = smaller.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
        # A layer that is new has the weights that it has in the whole network.
        new = [*learned, network.parts(start)[depth - 1]]
        _copy(new, smaller, first)
        trained = trainer(Run(smaller, short, rows, first), quiet)
        learned = [
            tuple(part.copy() for part in layer) for layer in smaller.parts(trained)[:depth]
        ]
    _copy(learned, network, start)
    return start


def _copy(layers: list[tuple[Weights, ...]], network: Network, weights: Weights) -> None:
    for layer, own_layer in zip(layers, network.parts(weights), strict=False):
        for part, own in zip(layer, own_layer, strict=True):
            own[:] = part
