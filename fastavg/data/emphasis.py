"""Rows with a high error drawn more often (LeCun, Bottou, Orr and Mueller 1998, 4.1).

.. code-block:: text

    rows of a worker's turn in a round --> their losses under the common weights
                                                     |
                chance of a row  =  (1 - share) / n  +  share * loss / sum of losses
                                                     |
    as many draws as there were rows, in a fresh order, keyed by (seed, worker, round)

All that it depends on is common to everybody, so the bits do not depend on processes or ranks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.data.sampling_schemes import SAMPLINGS, Shards
from fastavg.options import PART, check_options, option
from fastavg.randomness import generator


@SAMPLINGS.member("emphasis")
@dataclass(frozen=True)
class Emphasis(Shards):
    """As :class:`Shards`, but in each round a worker draws among its rows by their errors.

    Rows that the network gets wrong come more often and others are left out now and then, which
    helps where difficult rows teach most, and harms where they are errors of the data.

    Parameters
    ----------
    shuffle : bool
        False keeps the order of the rows before some are drawn.
    share : float
        Fraction of the probability of being drawn that is proportional to the loss; the rest is the
        same for all rows.

    Examples
    --------
    >>> Emphasis(share=0.3).sampler(n_rows=100, workers=4, batch_size=5, seed=0).steps_per_epoch
    5
    """

    name: ClassVar[str] = "emphasis"
    share: float = option(0.5, check=PART)

    def __post_init__(self) -> None:
        check_options(self)


def drawn_by_error(
    losses: NDArray[np.float64], share: float, seed: int, worker: int, round: int
) -> NDArray[np.int64]:
    """Which of a worker's rows take the places of all of them in a round.

    A row with a chance of p is drawn n p times, rounded up or down (systematic resampling).

    Parameters
    ----------
    losses : array (n,) of float64
        Of each row; at least 0.
    share : float
        Part of the chances that is in proportion to them.
    seed : int
        Of the run.
    worker : int
        The worker's number, from 0.
    round : int
        The round's number, from 0.

    Returns
    -------
    array (n,) of int64
        Places in ``losses``, in a random order; every place once if the losses are all 0 or
        not finite.

    Examples
    --------
    >>> drawn = drawn_by_error(np.array([0.0, 0.0, 0.0, 3.0]), 0.5, seed=0, worker=0, round=0)
    >>> np.bincount(drawn, minlength=4)[3] >= 2
    np.True_
    """
    n, random = len(losses), generator(seed, "emphasis", worker, round)
    total = float(losses.sum())
    if not 0 < total < np.inf:
        return np.arange(n)
    bounds = np.cumsum((1 - share) + share * n * losses / total)
    # What rounding leaves of the last bound belongs to the last row.
    places = np.searchsorted(bounds[:-1], np.arange(n) + random.random(), side="right")
    return random.permutation(places)
