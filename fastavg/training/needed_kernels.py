"""The parts of the kernels that a run's workers need, whoever trains them."""

from __future__ import annotations

from fastavg.solvers import MiniBatch
from fastavg.training.block_length import block_kernels, lone_rounds_fit, needs_block_memory
from fastavg.training.programs.layer_products import takes_vectors
from fastavg.training.run import Run


def needed_kernels(run: Run, fit: bool) -> list[str]:
    """Parts for :func:`fastavg.kernels.warm_up.warm_up`; the first one is of the steps.

    Parameters
    ----------
    run : Run
        What is trained.
    fit : bool
        :func:`fastavg.training.block_length.blocks_fit`.
    """
    plan, inside = run.plan, fit and lone_rounds_fit(run)
    parts = ["weights" if inside else "training", *plan.algorithm.kernels]
    if not isinstance(plan.solver, MiniBatch) and "search" not in parts:
        parts.append("search")
    if plan.regularization.active and not inside:
        parts.append("regular")
    if plan.augment.active:
        parts.append("deformations")
    if takes_vectors(run):
        parts.append("vectors")
    if needs_block_memory(plan, fit):
        parts += block_kernels(run)
    return parts
