"""How many hidden units ``auto`` stands for: a rule of rows, columns and outputs."""

from __future__ import annotations

import math

LEAST, MOST = 16, 1024
# Units of the first layer for each number that goes in or comes out, at most.
EACH = 8
# Rows from which a second layer pays.
TWO_LAYERS = 2000


def hidden_for(rows: int, columns: int, outputs: int) -> tuple[int, ...]:
    """Units of each hidden layer.

    The first layer has the power of two that is nearest to twice the square root of the rows,
    from 16 to 1024, but not more than eight units for each column and output.  From 2,000 rows
    on there is a second one of half of its units, and no fewer than outputs.  The same rows
    always have the same layers.

    Parameters
    ----------
    rows : int
        Training rows.
    columns : int
        Numbers or columns that go in.
    outputs : int
        Classes, or numbers of a target.

    Examples
    --------
    >>> hidden_for(105, 4, 3), hidden_for(3500, 400, 10), hidden_for(60_000, 784, 10)
    ((16,), (128, 64), (512, 256))
    """
    wanted = _power(2 * math.sqrt(max(rows, 1)))
    # The power of two below, for this is a limit.
    limit = 2 ** math.floor(math.log2(EACH * (columns + outputs)))
    first = min(max(min(wanted, limit), LEAST), MOST)
    if rows < TWO_LAYERS:
        return (first,)
    return (first, max(first // 2, _power(outputs)))


def _power(size: float) -> int:
    return int(2 ** round(math.log2(max(size, 1))))
