"""Networks that are trained side by side, each with its own held-out rows and seed.

Each member depends on its number alone, so that any number of threads trains the same
ones.  Kernels run without Python's lock: threads of one process, which share the rows,
are as good as processes, and start at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.targets import Targets
from fastavg.errors import Diverged
from fastavg.estimators.tabular.published_mean import PublishedMean
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.losses import CrossEntropy, Loss
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.solvers import Adam, Regularization
from fastavg.training.observers.events import Observer, Validated, notify
from fastavg.training.train import train

# A member whose weights are no longer finite tries again so often, at a tenth of the rate.
TRIES = 3


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Rows as the networks see them.

    Parameters
    ----------
    X : array (n_rows, n_inputs) of float32
        Inputs of the networks.
    Y : array (n_rows, 1) or (n_rows, n_outputs) of float32
        Class numbers, or scaled numbers.
    fold : array (n_rows,) of int64
        The fold of each row.
    weights : array (n_rows,), optional
        How much each row counts.
    """

    X: NDArray[np.floating]
    Y: NDArray[np.floating]
    fold: NDArray[np.int64]
    weights: NDArray[np.floating] | None = None


class Member(NamedTuple):
    """A trained network: its weights, and what its held-out rows said.

    Parameters
    ----------
    weights : array (n_weights,) of float32
        The mean that was best on the held-out rows.
    epoch : float
        The epoch that it was reached in.
    loss : float
        Its loss on the held-out rows: log loss, or squared error of scaled targets.
    losses : list of float
        The loss after each epoch.
    """

    weights: NDArray[np.floating]
    epoch: float
    loss: float
    losses: list[float]


def train_members(
    network: Network, rows: EncodedRows, recipe: Recipe, seed: int, threads: int,
    observers: Sequence[Observer] = (),
) -> list[Member]:
    """Train all members.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    rows : EncodedRows
        All rows; each member holds one fold out.
    recipe : Recipe
        How the members are made.
    seed : int
        The same seed gives the same weights.
    threads : int
        How many members are trained at the same time; changes no bit.
    observers : sequence of Observer, default ()
        Told of every member's epochs, in the thread that trains it.

    Returns
    -------
    list of Member
        In the order of their numbers.

    Raises
    ------
    Diverged
        If a member's weights are no longer finite at any rate that was tried.
    """
    def one(member: int) -> Member:
        def tell(epoch: float, loss: float, held: float) -> None:
            notify(observers, Validated(epoch, loss, math.nan, held, member, recipe.members))

        return _train_member(network, rows, recipe, (seed, member), tell)

    with one_blas_thread():
        if threads == 1 or recipe.members == 1:
            return [one(member) for member in range(recipe.members)]
        # The first round of the first member compiles what all of them use.
        with ThreadPoolExecutor(min(threads, recipe.members)) as pool:
            return list(pool.map(one, range(recipe.members)))


def _train_member(
    network: Network, rows: EncodedRows, recipe: Recipe, which: tuple[int, int],
    tell: Callable[[float, float, float], None],
) -> Member:
    seed, member = which
    held = rows.fold == member % recipe.folds
    inner = np.flatnonzero(~held)
    held = np.flatnonzero(held)
    weights = rows.weights
    watch = PublishedMean(
        recipe, network, rows.X[held], rows.Y[held],
        None if weights is None else weights[held], tell,
    )
    loss = None
    if network.output == "softmax" and recipe.label_smoothing:
        loss = CrossEntropy(recipe.label_smoothing * evenness(rows.Y[:, 0]))
    plan = plan_of(recipe, len(inner), seed * 1000 + member, loss)
    X, targets = rows.X[inner], Targets(rows.Y[inner], None)
    for again in range(TRIES):
        try:
            train(
                network, X, targets, plan,
                sample_weight=None if weights is None else weights[inner],
                execution=Execution(processes=1, observers=(watch,)),
            )
            break
        except Diverged:
            if watch.best is not None:
                break
            if again == TRIES - 1:
                raise
            recipe = replace(recipe, learning_rate=recipe.learning_rate / 10)
            plan = plan_of(recipe, len(inner), plan.seed, loss)
    assert watch.best is not None
    return Member(watch.best, watch.best_epoch, watch.best_loss, watch.losses)


def evenness(classes: NDArray[np.floating]) -> float:
    """How evenly rows are shared out among classes: 1 for equal shares, near 0 for one class.

    A rare class would be drowned by the smoothing that suits frequent ones.

    Parameters
    ----------
    classes : array (n_rows,)
        The class of each row.

    Returns
    -------
    float
        From 0 to 1; 0 for one class.

    Examples
    --------
    >>> evenness(np.array([0, 0, 1, 1])), round(evenness(np.array([0] * 9 + [1])), 2)
    (1.0, 0.36)
    """
    _, counts = np.unique(classes, return_counts=True)
    shares = counts / counts.sum()
    return float((1 - (shares**2).sum()) / (1 - 1 / len(shares))) if len(shares) > 1 else 0.0


def plan_of(recipe: Recipe, n_rows: int, seed: int, loss: Loss | None = None) -> Plan:
    """The plan of one member.

    Parameters
    ----------
    recipe : Recipe
        How the member is made.
    n_rows : int
        Its training rows.
    seed : int
        The member's own seed.
    loss : Loss, optional
        What training makes small; the output's own loss if not given.

    Returns
    -------
    Plan
        With as many workers as the recipe says, or as there are rows if these are fewer.
    """
    workers = min(recipe.workers, n_rows)
    return Plan(
        workers=workers, epochs=recipe.max_epochs,
        average_every=1 / recipe.averages_per_epoch,
        batch_size=max(1, recipe.rows_of_step(n_rows) // workers),
        solver=Adam(recipe.learning_rate * math.sqrt(workers), beta_2=recipe.beta_2),
        regularization=Regularization(l2=recipe.l2 / workers, dropout=recipe.dropout),
        init="glorot-biases", seed=seed, loss=loss,
    )
