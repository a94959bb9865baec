"""The job of some of a worker's steps, for programs that take a round in parts."""

from __future__ import annotations

from fastavg.data.sampling import Batches, Sampler
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.networks.workspace import Workspace
from fastavg.randomness import key
from fastavg.solvers import Job
from fastavg.solvers.deformed_rows import deformed_rows
from fastavg.training.programs.contract import Order
from fastavg.training.programs.layer_products import choose_products
from fastavg.training.run import Run


def training_space(run: Run, sampler: Sampler) -> Workspace:
    """A workspace for training by an optimizer.

    Parameters
    ----------
    run : Run
        What is trained.
    sampler : Sampler
        Of its plan and rows.
    """
    plan = run.plan
    drops = plan.regularization.drops_of(run.network)
    space = workspace_of(
        run.rows.X, run.network, sampler.batch, plan.solver.n_vectors, plan.loss,
        dropped=drops[1:].tolist(),
    )
    choose_products(space, run)
    return space


def job_of(
    run: Run, sampler: Sampler, space: Workspace, batches: Batches, order: Order, before: int
) -> Job:
    """The job of an order's steps.

    Parameters
    ----------
    run : Run
        What is trained.
    sampler : Sampler
        Of its plan and rows.
    space : Workspace
        Weights and solver state; holds the result afterwards.
    batches : Batches
        The rows of every step of the order.
    order : Order
        Whose steps, and which.
    before : int
        Steps since the solver's state was zero.
    """
    plan, rows = run.plan, run.rows
    return Job(
        workspace=space, X=space.inputs_of(rows.X), Y=rows.Y, weights=rows.weights, batches=batches,
        first_step=order.first_step, total_steps=plan.total_steps(sampler), steps_before=before,
        epochs=1, rows_per_step=sampler.batch, l2=plan.regularization.l2,
        rate_factor=order.rate_factor, steps_per_epoch=sampler.steps_per_epoch,
        regular=plan.regularization if plan.regularization.active else None,
        drop_key=key(plan.seed, "dropout", order.worker),
        deformed=deformed_rows(plan.augment, plan.seed),
    )
