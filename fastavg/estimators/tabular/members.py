"""Networks for a table, trained side by side, each with its own held-out rows and seed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.moving import CenterEMA
from fastavg.data.rows import Rows
from fastavg.data.sampling_schemes import Partitions
from fastavg.errors import Diverged
from fastavg.estimators.tabular.best_epoch import BestEpoch
from fastavg.estimators.tabular.data_start import fit_start
from fastavg.estimators.tabular.first_layer import first_weights
from fastavg.estimators.tabular.known_error import KnownSquaredError
from fastavg.estimators.tabular.quantile_losses import QuantileLosses
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.losses import CrossEntropy, Loss
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.training.observers.events import Observer, Validated, notify
from fastavg.training.run import Run
from fastavg.training.side_by_side import of_member, side_by_side
from fastavg.training.train import train_run

# A member whose weights are no longer finite tries again so often, at a tenth of the rate.
TRIES = 3
# The first centers of the published mean count nearly alike.
EARLY = 9


class FoldedRows(Protocol):
    """Rows of which each member holds a fold out."""

    def parted(self, fold: int, workers: int) -> tuple[Rows, Rows]:
        """The rows that train a member, and those that it holds out.

        Parameters
        ----------
        fold : int
            Which fold is held out.
        workers : int
            The member's replicas.
        """
        ...

    def loss(self, network: Network, recipe: Recipe) -> Loss | None:
        """What training makes small; None for the output's own loss.

        Parameters
        ----------
        network : Network
            Classes or numbers.
        recipe : Recipe
            How much labels are smoothed.
        """
        ...


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Rows as the networks see them, and who holds them out.

    Parameters
    ----------
    rows : Rows
        Compact rows; class numbers, or scaled numbers.
    fold : array (n_rows,) of int64
        The fold of each row.
    """

    rows: Rows
    fold: NDArray[np.int64]

    def parted(self, fold: int, workers: int) -> tuple[Rows, Rows]:
        """Copies of the rows; see :meth:`FoldedRows.parted`."""
        held = self.fold == fold
        return self.rows.take(np.flatnonzero(~held)), self.rows.take(np.flatnonzero(held))

    def loss(self, network: Network, recipe: Recipe) -> Loss | None:
        """By the targets of all rows; see :meth:`FoldedRows.loss`."""
        return loss_of(network, self.rows, recipe)


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
    network: Network, rows: FoldedRows, recipe: Recipe, seed: int, execution: Execution
) -> list[Member]:
    """Train all members.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    rows : FoldedRows
        All rows; each member holds one fold out.
    recipe : Recipe
        How the members are made.
    seed : int
        The same seed gives the same weights.
    execution : Execution
        ``processes``: how many members are trained at the same time; checkpoints, a file for
        each member; observers, told of every member's epochs in the thread that trains it.
        Changes no bit.

    Returns
    -------
    list of Member
        In the order of their numbers.

    Raises
    ------
    Diverged
        If a member's weights are no longer finite at any rate that was tried.
    """
    def one(member: int, passing: Sequence[Observer]) -> Member:
        def tell(epoch: float, loss: float, held: float) -> None:
            told = Validated(epoch, loss, math.nan, held, member, recipe.members)
            notify(execution.observers, told)

        mine = of_member(execution, member, *passing)
        return _train_member(network, rows, recipe, (seed, member), mine, tell)

    return side_by_side(range(recipe.members), execution.processes or 1, one)


def _train_member(
    network: Network, rows: FoldedRows, recipe: Recipe, which: tuple[int, int],
    execution: Execution, tell: Callable[[float, float, float], object],
) -> Member:
    seed, member = which
    inner, held_out = rows.parted(member % recipe.folds, recipe.workers)
    n_rows = len(inner) if inner.cut is None else inner.cut.n_rows
    plan = plan_of(recipe, n_rows, seed * 1000 + member, rows.loss(network, recipe))
    for again in range(TRIES):
        watch = BestEpoch(recipe, network, held_out, tell)
        start = first_weights(network, plan.seed, str(plan.init))
        if recipe.data_start:
            start = fit_start(network, start, inner, plan.seed)
        try:
            train_run(Run(network, of_rows(plan, inner), inner, start), execution, (watch,))
            break
        except Diverged:
            if watch.best is not None:
                break
            if again == TRIES - 1:
                raise
            slower = replace(recipe.solver, learning_rate=recipe.solver.learning_rate / 10)
            recipe = replace(recipe, solver=slower)
            plan = plan_of(recipe, n_rows, plan.seed, plan.loss)
            execution = of_member(execution, again)
    assert watch.best is not None
    return Member(watch.best, watch.best_epoch, watch.best_loss, watch.losses)


def loss_of(network: Network, rows: Rows, recipe: Recipe) -> Loss | None:
    """What training makes small; None for the output's own loss.

    Parameters
    ----------
    network : Network
        Classes or numbers.
    rows : Rows
        All of them; of numbers, NaN for a target that is not known.
    recipe : Recipe
        How much labels are smoothed.
    """
    if network.output == "softmax":
        part = recipe.label_smoothing
        return CrossEntropy(part * evenness(rows.Y[:, 0])) if part else None
    if recipe.quantiles:
        return QuantileLosses(recipe.quantiles)
    return KnownSquaredError() if np.isnan(rows.Y).any() else None


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
    return evenness_of(np.unique(classes, return_counts=True)[1])


def evenness_of(counts: NDArray[np.integer]) -> float:
    """The same, of classes whose rows were counted.

    Parameters
    ----------
    counts : array (n_classes,) of int
        Rows of each class.
    """
    shares = counts / counts.sum()
    return float((1 - (shares**2).sum()) / (1 - 1 / len(shares))) if len(shares) > 1 else 0.0


def of_rows(plan: Plan, rows: Rows) -> Plan:
    """The plan for rows that are read when they are trained on, window by window.

    Parameters
    ----------
    plan : Plan
        Of a member.
    rows : Rows
        Its training rows; the plan stays as it is for those in memory.
    """
    if rows.stream is None:
        return plan
    return replace(plan, sampling=Partitions(window=rows.stream.window))


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
    workers, rate = min(recipe.workers, n_rows), recipe.solver.learning_rate
    # A step of several submodels has each row once for each of them.
    l2 = recipe.regularization.l2 * recipe.submodels / workers
    return Plan(
        workers=workers, epochs=recipe.max_epochs,
        average_every=1 / recipe.averages_per_epoch,
        batch_size=max(1, recipe.rows_of_step(n_rows) // workers),
        solver=replace(recipe.solver, learning_rate=rate * math.sqrt(workers)),
        regularization=replace(recipe.regularization, l2=l2),
        averaging=CenterEMA(0.5 ** (1 / (recipe.half_life * recipe.averages_per_epoch)), EARLY),
        init="glorot-biases", seed=seed, loss=loss, products="float32",
    )
