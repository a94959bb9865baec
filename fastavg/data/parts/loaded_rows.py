"""The training rows of a rank's parts in its memory, as the network sees them."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together
from fastavg.data.checks import check_finite
from fastavg.data.parts.learnt import Learnt
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.rows import Rows, empty_rows
from fastavg.errors import DataError
from fastavg.machine.shared_memory import OutOfMemory


def load_rows(
    parts: RankParts, learnt: Learnt, dtype: str, standardise: bool, balanced: bool,
    ranks: Communicator,
) -> Rows:
    """Read the training rows of a rank's own parts, scaled; a collective.

    Memory beyond that of the rows is a block's.

    Parameters
    ----------
    parts : RankParts
        This rank's rows.
    learnt : Learnt
        What the rows of all ranks say.
    dtype : str
        ``float32`` or ``float64``.
    standardise : bool
        Whether numbers to be predicted are scaled.
    balanced : bool
        Whether all classes are to weigh the same.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    Rows
        Of the parts that are held, in shared memory.

    Raises
    ------
    OutOfMemory
        If they would not fit.
    DataError
        On every rank, if the rows of one cannot be used.
    """
    source, cut = parts.source, parts.cut
    targets = 1 if learnt.classes is not None else learnt.n_outputs
    with failing_together(ranks):
        try:
            rows = empty_rows(cut, source.n_features, targets, dtype, balanced or source.weighted)
        except OutOfMemory as error:
            raise OutOfMemory(
                f"the rows of this rank's parts do not fit: {error}; or read them from disk, "
                "data.rows_from=disk with sampling.window=65536"
            ) from None
        at = 0
        for block in parts.train_blocks():
            stop = at + len(block.X)
            rows.dense[at:stop] = learnt.features(block, dtype)
            rows.Y[at:stop] = learnt.targets(block, standardise)
            own = learnt.weights(block, balanced)
            if own is not None:
                rows.weights[at:stop] = check_weights(own)
            at = stop
    return rows


def check_weights(weights: NDArray[Any]) -> NDArray[Any]:
    """Weights of some rows, each a number of at least 0.

    Parameters
    ----------
    weights : array (n_rows,)
        How much each row counts.

    Raises
    ------
    DataError
        If one is no such number.
    """
    check_finite(weights.reshape(-1, 1), "the column of weights")
    if (weights < 0).any():
        raise DataError(f"a row has the weight {weights.min()}; it must be at least 0")
    return weights
