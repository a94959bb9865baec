"""A fit of an estimator on rows of which each rank has the parts of its own workers."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import anybody, failing_together, gather_values, workers_of
from fastavg.data.checks import check_finite
from fastavg.data.parts.loaded_rows import load_rows, load_validation
from fastavg.data.parts.piece_parts import Piece, PieceParts, piece_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.table import Table
from fastavg.data.targets import Targets
from fastavg.errors import ConfigError, DataError
from fastavg.estimators.base import MLPBase
from fastavg.estimators.callbacks.adapter import Callbacks
from fastavg.estimators.classifier import MLPClassifier
from fastavg.estimators.parameters import check_parameters
from fastavg.estimators.translation import dtype_of, goes_step_by_step, plan_of, seed_of
from fastavg.models.model import Model
from fastavg.training.controllers.early_stopping import Validate
from fastavg.training.controllers.parts_validation import PartsValidation
from fastavg.training.run import Run


def fit_on_parts(
    estimator: MLPBase, pieces: Sequence[Piece], n_rows: int, ranks: Communicator
) -> None:
    """Fit an estimator with ``sampling='partitions'`` on rows that stay with their ranks.

    The weights are those of a fit of the same rows in one array, on one rank: the rows are cut
    into even parts, one for each worker, and what has to be known of all rows, such as their
    classes, ranks find out together.  With ``early_stopping`` some rows of every part are held
    out: those that are marked, or ``validation_fraction`` of each, drawn by the seed of the run
    and the number of the part.  The score is that of the held-out rows of all ranks.

    Parameters
    ----------
    estimator : MLPBase
        Not fitted; is afterwards, the same on all ranks.
    pieces : sequence of Piece
        The rows of this rank's own parts, in their order: see
        :func:`fastavg.data.parts.piece_parts.slices_of`.
    n_rows : int
        Rows of all ranks.
    ranks : Communicator
        Between ranks; all of them call.

    Raises
    ------
    DataError
        On every rank, if the rows of one cannot be used.
    ConfigError
        If a parameter needs all rows at one place.
    Diverged
        If the weights are no longer finite.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    >>> model = MLPClassifier((4,), workers=2, sampling="partitions", max_iter=100, tol=0.0,
    ...     learning_rate_init=0.05, random_state=0, n_iter_no_change=100)
    >>> fit_on_parts(model, [Piece(X[:9], ["b", "a"] * 4 + ["b"]), Piece(X[9:], ["a", "b"] * 3 +
    ...     ["a"])], 16, LocalCommunicator())
    >>> model.predict([[0, 1]]).tolist()
    ['b']
    """
    check_parameters(estimator)
    _check_possible(estimator)
    workers = int(estimator.workers)
    source = piece_parts(pieces, n_rows, workers, ranks)
    parts = RankParts(source, workers_of(ranks.rank, ranks.size, workers), 0.0)
    seed = seed_of(estimator.random_state, ranks)
    maker = _learn(estimator, parts, source, ranks)
    if source.form.marked and not estimator.early_stopping:
        raise ConfigError(
            "validation_rows are given and early_stopping is False; they are what "
            "early_stopping=True scores"
        )
    if source.form.marked:
        parts = parts.holding_out_chosen(source.held, ranks)
    elif estimator.early_stopping:
        parts = parts.holding_out(estimator.validation_fraction, seed)
    estimator.n_features_in_, estimator._feature_dtype = source.n_features, source.form.dtype
    n_rows = parts.cut.n_rows
    # As much as an array of all rows would say of its size and dtype.
    whole = np.broadcast_to(np.zeros((), source.form.dtype), (n_rows, source.n_features))
    network = estimator._network(source.n_features, maker.no_targets)
    plan = plan_of(estimator, n_rows, seed, dtype_of(estimator.dtype, whole))
    if plan.pretraining:
        raise ConfigError(
            f"pretraining is {plan.pretraining}, and sampling is partitions; it needs all "
            "rows at one place, such as with shards"
        )
    weighted = maker.weighted
    rows = load_rows(parts, maker, plan.dtype, False, weighted, ranks)
    run = Run(network, plan, rows, estimator._start(network, plan, False))
    if (weighted or source.weighted) and not anybody(bool(rows.weights.any()), ranks):
        raise DataError("every sample_weight is 0; at least one row must count")
    validate: Validate | None = None
    if estimator.early_stopping:
        held = load_validation(parts, maker, plan.dtype, False, weighted, ranks)
        classes = maker.no_targets.classes
        numbers = None if classes is None else np.arange(len(classes))
        model = Model(network, run.first_weights(), numbers)
        validate = PartsValidation(model, held, ranks, loss=estimator._loss)
    # The rows of a fit are on all ranks: callbacks of scikit-learn are told of none.
    told = Callbacks(estimator, estimator.callbacks, estimator.max_iter, None, None)
    with told as callbacks:
        estimator._train(run, validate, False, ranks, callbacks)
    estimator.__dict__.pop("estimators_", None)
    estimator._forget_stream()


def _check_possible(estimator: MLPBase) -> None:
    reason = ""
    if estimator.n_members > 1:
        reason = f"n_members is {estimator.n_members}"
    elif estimator.warm_start and hasattr(estimator, "weights_"):
        reason = "warm_start goes on from an earlier fit"
    elif estimator.early_stopping and estimator.scoring is not None:
        reason = f"scoring is {estimator.scoring!r}"
    elif not goes_step_by_step(estimator) and estimator.solver == "lbfgs":
        reason = "solver is 'lbfgs'"
    if reason:
        raise ConfigError(
            f"{reason}, which needs all rows at one place, and with sampling 'partitions' each "
            "rank has its own; sampling 'shards' would do"
        )


class _EstimatorRows:
    """From rows as they came to rows as the estimator's network sees them.

    Parameters
    ----------
    estimator : MLPBase
        Knows its classes.
    no_targets : Targets
        Of no rows: classes and columns.
    """

    def __init__(self, estimator: MLPBase, no_targets: Targets) -> None:
        self._estimator, self.no_targets = estimator, no_targets
        self.n_targets = no_targets.Y.shape[1]

    @property
    def weighted(self) -> bool:
        """True if classes have weights."""
        return (
            isinstance(self._estimator, MLPClassifier) and self._estimator.class_weight is not None
        )

    def features(self, table: Table, dtype: str) -> NDArray[np.floating]:
        """X; see :meth:`RowMaker.features`."""
        with np.errstate(over="ignore"):
            X: NDArray[np.floating] = np.ascontiguousarray(table.X, dtype)
        check_finite(X, "X", 0, table.X)
        return X

    def targets(self, table: Table, standardise: bool) -> NDArray[np.float64]:
        """y; see :meth:`RowMaker.targets`."""
        assert table.y is not None
        return self._estimator._targets(table.y, False).Y.astype(np.float64, copy=False)

    def weights(self, table: Table, balanced: bool) -> NDArray[Any] | None:
        """Weights of rows and classes; see :meth:`RowMaker.weights`."""
        given = None if table.weights is None else np.asarray(table.weights, np.float64)
        if not (isinstance(self._estimator, MLPClassifier) and self.weighted):
            return given
        by_class = self._estimator._class_weights(table.y)
        weights: NDArray[Any] = by_class if given is None else by_class * given
        return weights


def _learn(
    estimator: MLPBase, parts: RankParts, source: PieceParts, ranks: Communicator
) -> _EstimatorRows:
    columns = source.form.y_columns
    if not isinstance(estimator, MLPClassifier):
        return _EstimatorRows(estimator, Targets(np.zeros((0, max(1, columns))), None))
    if columns:
        if estimator.class_weight is not None:
            raise ConfigError(
                f"class_weight is {estimator.class_weight!r} and y has {columns} columns; with "
                "sampling 'partitions' it goes with one label a row"
            )
        estimator._classes_of_model = None
        return _EstimatorRows(estimator, Targets(np.zeros((0, columns)), None))
    members: dict[Any, int] = {}
    with failing_together(ranks):
        for block in parts.train_blocks():
            _count(block, members)
    everyone: dict[Any, int] = {}
    for own in gather_values(list(members.items()), ranks):
        for label, count in own:
            everyone[label] = everyone.get(label, 0) + count
    labels = sorted(everyone)
    estimator._learn_classes(np.array(labels, source.form.labels))
    made = estimator
    if estimator.class_weight == "balanced":
        # As scikit-learn counts them, of all ranks.
        rows = sum(everyone.values())
        made = copy.copy(estimator).set_params(class_weight={
            label: rows / (len(labels) * everyone[label]) for label in labels
        })
    return _EstimatorRows(made, Targets(np.zeros((0, 1)), estimator._classes_of_model))


def _count(block: Table, members: dict[Any, int]) -> None:
    from sklearn.utils.multiclass import check_classification_targets

    assert block.y is not None
    try:
        check_classification_targets(block.y)
    except ValueError as error:
        raise DataError(str(error)) from None
    for label, count in zip(*np.unique(block.y, return_counts=True), strict=True):
        members[label.item()] = members.get(label.item(), 0) + int(count)
