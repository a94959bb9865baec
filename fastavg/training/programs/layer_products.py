"""Which products a workspace makes: BLAS, bfloat16, or explicit vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastavg.data.emphasis import Emphasis
from fastavg.kernels.network.layout import stride
from fastavg.networks.piece_operands import in_vectors as pieces_in_vectors
from fastavg.networks.vector_operands import gains_by_vectors
from fastavg.networks.workspace import Workspace, dense_table
from fastavg.solvers import LBFGS
from fastavg.solvers.minibatch import MiniBatch
from fastavg.solvers.objective import piece_rows
from fastavg.training.panel_memory import in_panels
from fastavg.training.programs.shared_steps import takes_shared_steps

if TYPE_CHECKING:
    from fastavg.training.run import Run


def choose_products(space: Workspace, run: Run) -> None:
    """Let a workspace for training by an optimizer make the products of its run.

    Parameters
    ----------
    space : Workspace
        For the run's network and rows; not used yet.
    run : Run
        What is trained.
    """
    plan = run.plan
    if plan.products == "bfloat16":
        space.multiply_in_bfloat16()
    elif in_vectors(run):
        space.multiply_in_vectors()


def compile_products(run: Run) -> None:
    """Compile the products of a run that are no BLAS calls, before processes ask for it at once.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    if takes_vectors(run):
        from fastavg.kernels.vectorized.float_layers import STAGE

        STAGE.address(run.plan.dtype)
    if in_pieces(run):
        from fastavg.kernels.vectorized.piece_products import STAGE as OF_PIECES

        OF_PIECES.address(run.plan.dtype)
    if takes_shared_steps(run):
        from fastavg.kernels.asynchronous.shared_update import STAGE as OF_SHARED_WEIGHTS

        OF_SHARED_WEIGHTS.address(run.plan.dtype)


def takes_vectors(run: Run) -> bool:
    """True if a run is multiplied in explicit vectors, and its network gains by them.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    return in_vectors(run) and gains_by_vectors(
        dense_table(run.network), run.sampler().batch, run.plan.numpy_dtype.itemsize
    )


def in_vectors(run: Run) -> bool:
    """True if small layers of a run are multiplied in explicit vectors.

    Dropout and its kin, and sampling that predicts on the way, want outputs row by row; panels
    and steps on shared weights have products of their own.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    from fastavg.kernels.vectorized.target import has_vectors

    plan, rows = run.plan, run.rows
    return (
        plan.products == "float32" and has_vectors()
        and isinstance(plan.solver, MiniBatch) and plan.solver.in_blocks
        and isinstance(rows.X, np.ndarray) and rows.lookups is None
        and not plan.regularization.active and not isinstance(plan.sampling, Emphasis)
        and not in_panels(run) and not takes_shared_steps(run)
    )


def in_pieces(run: Run) -> bool:
    """True if a run's solver is L-BFGS, and its rows are multiplied in pieces, in vectors.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    plan, rows = run.plan, run.rows
    if not (isinstance(plan.solver, LBFGS) and pieces_in_vectors(plan.dtype)):
        return False
    if not isinstance(rows.X, np.ndarray) or rows.lookups is not None:
        return False
    row_bytes = stride(run.network.layer_sizes[0]) * plan.numpy_dtype.itemsize
    return run.sampler().batch > piece_rows(row_bytes)
