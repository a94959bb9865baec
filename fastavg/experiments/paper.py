"""The numbers of the paper: "Distributed Neural Networks: A Parallel Approach"
(Alowaisheq and Dhami, Indiana University), tables 1 and 2.
"""

from __future__ import annotations

EPOCHS = (100, 200, 250, 500)

# Table 1: mean accuracy over ten splits, per cent, at each of EPOCHS.
SEQUENTIAL_ACCURACY = (80.67, 86.89, 88.63, 89.9)
PARALLEL_ACCURACY = (84.06, 87.28, 86.45, 88.93)

# Table 2: seconds, mean of a split, by the number of map tasks.
SECONDS = {
    1: (244, 494, 622, 1225),
    2: (211, 337, 406, 790),
    4: (209, 318, 398, 746),
    8: (217, 345, 431, 807),
}


def accuracy(workers: int, epochs: int) -> float | None:
    """The paper's mean accuracy in per cent; None where it gives none.

    Parameters
    ----------
    workers : int
        1 for the sequential run, or 2, 4 or 8 map tasks.
    epochs : int
        One of :data:`EPOCHS`.
    """
    if epochs not in EPOCHS or workers not in SECONDS:
        return None
    column = SEQUENTIAL_ACCURACY if workers == 1 else PARALLEL_ACCURACY
    return column[EPOCHS.index(epochs)]


def seconds(workers: int, epochs: int) -> float | None:
    """The paper's seconds for one split; None where it gives none.

    Parameters
    ----------
    workers : int
        1 for the sequential run, or 2, 4 or 8 map tasks.
    epochs : int
        One of :data:`EPOCHS`.
    """
    if epochs not in EPOCHS or workers not in SECONDS:
        return None
    return float(SECONDS[workers][EPOCHS.index(epochs)])
