"""How networks for tables are made and trained: the tabular profile."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace

from fastavg.data.preprocessing.table_encoder import Encoding
from fastavg.errors import ConfigError
from fastavg.options import is_number, is_whole
from fastavg.solvers import Adam, Regularization
from fastavg.solvers.minibatch import MiniBatch

EFFORTS = ("fast", "default", "best")
# Rows of a step: an epoch has about so many of them, within these bounds.
STEPS, LEAST_BATCH, MOST_BATCH = 50, 32, 256


@dataclass(frozen=True)
class Recipe:
    """Everything that decides how the members are made.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int
        Units of each hidden layer.
    activation : str
        Of all hidden layers; see :class:`fastavg.Network`.
    encoding : Encoding
        How columns become inputs.
    embedding : int
        Trained numbers that each number, its bins, and each category become before the hidden
        layers; 0 for none: the first hidden layer has a weight for each level and bin.
    submodels : int
        Submodels that each network trains: they share embeddings and hidden layers, and each has
        factors of its own for the embeddings, and its own output layer (TabM-mini); 1 for none.
    scaling : bool
        True gives every embedded number a trained factor that begins with 1; rates of their own
        are the solver's ``rates.scaling``.
    data_start : bool
        True scales the first weights of hidden layers by the training rows
        (:mod:`fastavg.estimators.tabular.data_start`).
    members : int
        Networks, which are never averaged; their predictions are.
    folds : int
        Parts of the rows; a member holds one of them out, which says when it is best.
    max_epochs : int
        Passes over the rows, at most.
    patience : int
        Epochs without a clearly better value on the held-out rows before a member ends.
    tol : float
        A value is clearly better if it is lower by so large a part of the best one.
    batch_size : int, optional
        Rows of a step; by the number of rows if not given.
    solver : MiniBatch
        Optimizer of one worker.
    regularization : Regularization
        Penalties and dropout.
    averages_per_epoch : int
        How often workers are averaged, and the published mean takes a center in.
    half_life : float
        Epochs after which a center counts half in the published mean.
    label_smoothing : float
        Part of a row's target that is shared out among all classes, where all are equally
        frequent; less of it the less even they are.
    workers : int
        Replicas of every member.
    quantiles : tuple of float
        Of numbers to be predicted: the quantiles that are, in ascending order, in place of the
        mean; none for the mean.

    Raises
    ------
    ConfigError
        If a value is impossible.
    """

    hidden_layer_sizes: tuple[int, ...] = (64, 64)
    activation: str = "relu"
    encoding: Encoding = field(default_factory=Encoding)
    embedding: int = 8
    submodels: int = 1
    scaling: bool = False
    data_start: bool = False
    members: int = 5
    folds: int = 5
    max_epochs: int = 100
    patience: int = 5
    tol: float = 1e-3
    batch_size: int | None = None
    solver: MiniBatch = field(default_factory=lambda: Adam(2e-3, beta_2=0.95))
    regularization: Regularization = field(default_factory=lambda: Regularization(l2=1e-4))
    averages_per_epoch: int = 4
    half_life: float = 2.0
    label_smoothing: float = 0.0
    workers: int = 1
    quantiles: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        for name, low in (
            ("members", 1), ("folds", 2), ("max_epochs", 1), ("patience", 1),
            ("averages_per_epoch", 1), ("workers", 1), ("embedding", 0),
            ("submodels", 1),
        ):
            value = getattr(self, name)
            if not is_whole(value, low):
                raise ConfigError(f"{name} is {value}; it must be a whole number of at least {low}")
        if not (is_number(self.half_life) and self.half_life > 0):
            raise ConfigError(f"half_life is {self.half_life}; it must be a number above 0")
        if not (is_number(self.tol) and 0 <= self.tol < 1):
            raise ConfigError(f"tol is {self.tol}; it must be at least 0 and below 1")
        edges = (0.0, *self.quantiles, 1.0)
        if not all(is_number(each) for each in edges) or any(
            low >= high for low, high in itertools.pairwise(edges)
        ):
            raise ConfigError(
                f"quantiles are {self.quantiles}; they must be ascending numbers between 0 and 1"
            )

    def rows_of_step(self, n_rows: int) -> int:
        """Rows of a step of all workers together.

        Parameters
        ----------
        n_rows : int
            Training rows.

        Returns
        -------
        int
            At least 1, and at most ``n_rows``.

        Examples
        --------
        >>> Recipe().rows_of_step(1000), Recipe().rows_of_step(10_000)
        (32, 256)
        """
        if self.batch_size is not None:
            return max(1, min(self.batch_size, n_rows))
        nearest = 2 ** round(math.log2(max(n_rows, 1) / STEPS)) if n_rows > STEPS else 1
        return max(1, min(max(nearest, LEAST_BATCH), MOST_BATCH, n_rows))


def recipe_of(effort: str, task: str) -> Recipe:
    """The recipe of an effort.

    Parameters
    ----------
    effort : str
        ``fast``: one network, which holds a tenth of the rows out; ``default``: five, each of which
        holds a fifth out; ``best``: twenty, with twice the patience.
    task : str
        ``class`` or ``number``.

    Returns
    -------
    Recipe
        How the members are made.

    Raises
    ------
    ConfigError
        If the effort is unknown.

    Examples
    --------
    >>> recipe_of("fast", "class").members, recipe_of("default", "class").members
    (1, 5)
    """
    if effort not in EFFORTS:
        raise ConfigError(f"effort {effort!r} is unknown; choose {', '.join(EFFORTS)}")
    bins = 16 if task == "class" else 32
    made = Recipe(encoding=Encoding(tree_bins=bins, quantile_bins=bins))
    if task == "class":
        # Both keep probabilities away from 0 and 1; of amounts they would take too much.
        made = replace(
            made, regularization=Regularization(l2=0.1), label_smoothing=0.1,
            solver=replace(made.solver, learning_rate=3e-3),
        )
    if effort == "fast":
        # What one network holds out no other one trains on, and no other one evens out how it
        # ranks the classes of small probabilities, which smoothing makes alike.
        return replace(made, members=1, folds=10, label_smoothing=made.label_smoothing / 2)
    if effort == "best":
        return replace(made, members=20, patience=10)
    return made
