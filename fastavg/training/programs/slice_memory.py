"""The memory of one slice of a network, and what its steps are made of."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling import Sampler
from fastavg.kernels.network.layout import FAN_OUT, Scratch, stride
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import repack
from fastavg.kernels.numerics.product import TILE
from fastavg.kernels.split.slice_steps import Memory
from fastavg.losses import own_loss
from fastavg.networks.aligned import aligned
from fastavg.networks.layer_slices import LayerSlice
from fastavg.plan.plan import Plan
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.programs.contract import Order
from fastavg.training.run import Run

Vectors = NDArray[np.floating]


class SliceMemory:
    """One slice's weights, solver state and working memory.

    Parameters
    ----------
    run : Run
        What is trained.
    member : int
        Which slice, from 0.
    slices : int
        How many there are.

    Attributes
    ----------
    member : int
        Which slice, from 0.
    slice : LayerSlice
        Its tables.
    memory : Memory
        As the kernels take it.
    """

    def __init__(self, run: Run, member: int, slices: int) -> None:
        network, plan = run.network, run.plan
        rows, dtype, outputs = int(plan.batch_size), plan.numpy_dtype, network.layer_sizes[-1]
        own = LayerSlice(network, rows, member, slices, dtype)
        widest = max(1, int(own.layers[:, FAN_OUT].max()))
        loss = plan.loss or own_loss(network.output)
        ones = aligned(rows, dtype)
        ones[:] = 1
        self.member, self.slice = member, own
        self.memory = Memory(
            aligned(own.size, dtype),
            aligned(plan.solver.n_vectors * own.size, dtype).reshape(-1, own.size),
            Scratch(
                blocks=aligned(rows * stride(outputs), dtype),
                errors=aligned(2 * rows * widest, dtype), gradient=aligned(own.size, dtype),
                bias=aligned(widest, dtype), ones=ones, tile=aligned(TILE, dtype),
                columns=aligned(rows * (2 * outputs + 2), dtype), figures=np.zeros(2 * rows),
                settings=np.array(loss.settings()),
            ),
        )

    def load(self, weights: Vectors, state: Vectors | None) -> None:
        """Take this slice's numbers of whole vectors.

        Parameters
        ----------
        weights : array (n_weights,)
            Of the whole network.
        state : array (n_vectors, n_weights) or None
            Of the solver; None for zeros.
        """
        own, memory = self.slice, self.memory
        repack(own.view, weights, own.layers, memory.theta)
        if state is None:
            memory.state[:] = 0
            return
        for vector, row in zip(state, memory.state, strict=True):
            repack(own.view, vector, own.layers, row)

    def store(self, vectors: Vectors) -> None:
        """Put this slice's numbers into whole vectors.

        Parameters
        ----------
        vectors : array (1 or 1 + n_vectors, n_weights)
            Weights of the whole network, then the solver's state if that is kept.
        """
        own, memory = self.slice, self.memory
        repack(own.layers, memory.theta, own.view, vectors[0])
        for row, vector in zip(memory.state, vectors[1:], strict=False):
            repack(own.layers, row, own.view, vector)


def started_from(
    plan: Plan, center: Vectors, kept: Vectors | None
) -> tuple[Vectors, Vectors | None]:
    """Weights and solver state that a worker's round starts from; no state stands for zeros.

    Parameters
    ----------
    plan : Plan
        Says what a worker keeps.
    center : array (vectors, n_weights)
        The committed center.
    kept : array (vectors, n_weights) or None
        What the worker left in its slot; None in the first round.
    """
    weights = center[0]
    if plan.averaging.keeps_replicas and kept is not None:
        weights = np.empty_like(weights)
        plan.averaging.start(center[0], kept[0], weights)
    if plan.solver_state == "average":
        return weights, center[1:]
    return weights, kept[1:] if plan.solver_state == "keep" and kept is not None else None


def numbers_of(
    run: Run, sampler: Sampler, order: Order
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The optimizer's hyper-parameters before an order, and the learning rate of each step.

    Parameters
    ----------
    run : Run
        What is trained.
    sampler : Sampler
        Of its plan and rows.
    order : Order
        Whose steps.
    """
    plan, solver = run.plan, run.plan.solver
    assert isinstance(solver, MiniBatch)
    first, stop = order.first_step, order.stop_step
    before = 0 if plan.solver_state == "reset" else first
    hyper = solver.numbers(before, stop - first)
    hyper[STEP_AT] = before
    return hyper, solver.learning_rate * order.rate_factor * solver.schedule.factors(
        first, stop, plan.total_steps(sampler), sampler.batch, sampler.steps_per_epoch
    )


def codes_of(run: Run) -> tuple[int, int]:
    """What the kernels call the optimizer and the output's loss.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    plan, output = run.plan, run.network.output
    assert isinstance(plan.solver, MiniBatch)
    loss = plan.loss or own_loss(output)
    return plan.solver.code(plan.dtype), loss.code(output, plan.dtype)
