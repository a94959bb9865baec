"""How a learning rate grows with the number of workers."""

from __future__ import annotations

from fastavg.options import Check, is_number

EXPONENTS = {"none": 0.0, "sqrt": 0.5, "linear": 1.0}
SCALING = Check(
    lambda value: value in EXPONENTS if isinstance(value, str) else is_number(value),
    "be none, sqrt, linear, or the exponent of the number of workers", tuple(EXPONENTS),
)


def rate_factor(scaling: str | float, workers: int) -> float:
    """The factor on the learning rate of one worker.

    Parameters
    ----------
    scaling : str or float
        ``none``, ``sqrt``, ``linear``, or the exponent of ``workers``.
    workers : int
        Replicas that are averaged.

    Notes
    -----
    Linear: Goyal et al. 2017, for batches that are so many times larger; the root keeps the
    variance of a step (Krizhevsky 2014).

    Examples
    --------
    >>> rate_factor("sqrt", 4), rate_factor("linear", 4), rate_factor("none", 4)
    (2.0, 4.0, 1.0)
    """
    exponent = EXPONENTS[scaling] if isinstance(scaling, str) else float(scaling)
    return float(workers**exponent)
