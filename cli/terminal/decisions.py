"""What was decided about the data, in one line; and warnings where that is unlikely."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import numpy as np

from fastavg import Plan
from fastavg.data.prepare import Rows
from fastavg.data.sparse_rows import SparseRows
from fastavg.plan.profiles import Config, as_table

# Features are said to be tiny or huge beyond these.
TINY, HUGE = 1e-6, 1e6
SUSPICIOUS_CLASSES = 100


def decisions(rows: Rows, plan: Plan) -> str:
    """The kind of the target, the scaling, the workers and the batch.

    Parameters
    ----------
    rows : Rows
        As they are trained on.
    plan : Plan
        What decides the result.
    """
    if rows.target == "class":
        target = f"{rows.n_outputs} classes"
    elif rows.target_scaling is None:
        target = "numbers as they are"
    else:
        means = ", ".join(f"{value:.6g}" for value in rows.target_scaling.mean[:3])
        spreads = ", ".join(f"{value:.6g}" for value in rows.target_scaling.spread[:3])
        target = f"numbers, standardised (mean {means}, spread {spreads})"
    features = "as they are" if rows.scaling is None else "scaled"
    batch = "their whole sample" if plan.batch_size == 0 else f"{plan.batch_size} rows"
    return (
        f"target: {target}; {rows.X.shape[1]} features {features}; "
        f"{len(rows.X)} rows train, {len(rows.y_test)} test; "
        f"{plan.workers} {'worker' if plan.workers == 1 else 'workers'}, steps of {batch}"
    )


def doubts(rows: Rows) -> Iterator[str]:
    """What is unlikely to be meant, a sentence each.

    Parameters
    ----------
    rows : Rows
        As they are trained on.
    """
    y = rows.y
    if rows.target == "class":
        classes, members = np.unique(y, return_counts=True)
        if len(classes) > SUSPICIOUS_CLASSES or len(y) < 2 * len(classes):
            yield (
                f"{len(classes)} classes for {len(y)} rows; if the target is a number, "
                "--kind number predicts it"
            )
        single = int((members == 1).sum())
        if single:
            yield (
                f"{single} of {len(classes)} classes have a single row (such as "
                f"{classes[members == 1][0]}); it trains, and none tests them"
            )
    elif y.ndim == 1 and rows.guessed and np.array_equal(y, np.rint(y)):
        yield (
            f"the target holds {len(np.unique(y))} different whole numbers and is predicted as "
            "a number; --kind class makes them classes"
        )
    if rows.scaling is None and rows.X.dtype.kind in "fiu" and len(rows.X):
        sparse = isinstance(rows.X, SparseRows)
        values = rows.X.values if isinstance(rows.X, SparseRows) else rows.X
        largest = float(np.abs(values).max(initial=0))
        if largest > HUGE or 0 < largest < TINY:
            yield (
                f"the largest feature is {largest:.3g} and stays unscaled; "
                f"--scale {'maxabs' if sparse else 'standard'} would help"
            )


def write_decisions(rows: Rows, plan: Plan) -> None:
    """Write what was decided, and what is unlikely of it, to standard error.

    Parameters
    ----------
    rows : Rows
        As they are trained on.
    plan : Plan
        What decides the result.
    """
    _write(decisions(rows, plan))
    write_doubts(rows)


def write_doubts(rows: Rows) -> None:
    """Write what is unlikely to standard error.

    Parameters
    ----------
    rows : Rows
        As they are trained on.
    """
    for doubt in doubts(rows):
        _write(f"warning: {doubt}")


def said_choices(
    given: Config, hidden: Sequence[int], rate: float | None = None
) -> Iterator[str]:
    """What ``auto`` stands for in the hidden layers and the learning rate, a sentence each.

    Parameters
    ----------
    given : dict
        Options that were asked for, in the form of a configuration file.
    hidden : sequence of int
        Units of each hidden layer.
    rate : float, optional
        The learning rate that a range test has found.
    """
    if given.get("network", {}).get("hidden") == "auto":
        layers = ",".join(map(str, hidden))
        yield f"hidden layers are {layers}, by rows, columns and outputs (--hidden {layers})"
    if rate is not None and as_table(given.get("solver")).get("learning_rate") == "auto":
        yield f"learning rate is {rate:g}, by a range test (--learning-rate {rate:g})"


def _write(line: str) -> None:
    try:
        sys.stderr.write(f"fastavg: {line}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        # Nobody listens; what was decided stays decided.
        return
