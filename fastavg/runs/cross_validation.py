"""Cross-validation: the rows of a table in parts, each of which tests once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from fastavg.data.table_rows import SPLIT_SEED, TableRows
from fastavg.estimators.tabular.folds import folds_of


def parts_of(rows: TableRows, parts: int | None) -> Iterator[TableRows]:
    """The training rows as training and test rows, so that each tests once.

    Parameters
    ----------
    rows : TableRows
        All rows are for training.
    parts : int or None
        How many; None for none at all.

    Yields
    ------
    TableRows
        One part of the rows tests; rows of one group stay together.
    """
    if not parts:
        return
    fold = folds_of(rows.y, parts, SPLIT_SEED, rows.kind == "class", rows.groups)
    for part in range(parts):
        train, test = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        yield rows._replace(
            train=rows.train.take(train), test=rows.train.take(test), y=rows.y[train],
            y_test=rows.y[test], ids=test,
            weights=None if rows.weights is None else rows.weights[train],
            groups=None if rows.groups is None else rows.groups[train],
        )
