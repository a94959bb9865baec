"""What can go wrong, one class a cause, and the exit code that each becomes."""

from __future__ import annotations

from typing import Any


class FastavgError(Exception):
    """Base of every error that fastavg raises on purpose.

    Examples
    --------
    >>> from fastavg import Plan
    >>> try:
    ...     Plan(workers=0)
    ... except FastavgError as error:
    ...     print(type(error).__name__)
    ConfigError
    """

    exit_code = 1


class ConfigError(FastavgError, ValueError):
    """A setting is wrong, or does not fit the others or the data."""

    exit_code = 3


class LaunchMismatch(ConfigError):
    """A launcher of one MPI started programs that use the library of another."""


class DataError(FastavgError, ValueError):
    """The data cannot be used; names the file, row and column where there are any."""

    exit_code = 3


class FileDamaged(FastavgError, ValueError):
    """A model or checkpoint file is not what fastavg wrote."""

    exit_code = 3


class Diverged(FastavgError, ValueError, ArithmeticError):
    """A worker's weights, or the average, are no longer finite.

    Parameters
    ----------
    round : int
        The round after which it was seen.
    worker : int or None
        Whose weights; None for the result of the averaging rule.
    note : str, default ''
        Appended to the message.

    Attributes
    ----------
    round : int
        When it happened.
    worker : int or None
        Whose weights; None for the averaging rule's result.
    weights : array (n_weights,) or None
        The last finite center: the weights before that round.

    Examples
    --------
    >>> import numpy as np
    >>> from fastavg import SGD, Network, Plan, train
    >>> plan = Plan(epochs=50, solver=SGD(1e30), loss="squared_error")
    >>> try:
    ...     model = train(Network((1, 2, 1), output="identity"), np.eye(3)[:, :1], np.ones(3), plan)
    ... except Diverged as error:
    ...     print(error.worker, error.weights.shape)
    0 (7,)
    """

    exit_code = 4

    def __init__(self, round: int, worker: int | None, note: str = "") -> None:
        self.round, self.worker = round, worker
        self.weights: Any = None
        whose = "weights of the average" if worker is None else f"weights of worker {worker}"
        super().__init__(
            f"the {whose} are no longer finite after round {round}; "
            "a smaller learning rate or scaled features would keep them so"
            + (f"; {note}" if note else "")
        )


class WorkerLost(FastavgError, RuntimeError):
    """A process that ran workers died, or failed, too often to go on."""

    exit_code = 5


class RankMismatch(FastavgError, RuntimeError):
    """The ranks of a communicator were started for different runs.

    Parameters
    ----------
    message : str
        What differs.
    rank : int, optional
        The rank that differs from most others.
    field : str, default ''
        In what it differs.

    Attributes
    ----------
    rank : int or None
        The one that stands apart.
    field : str
        What it has that the others have not.
    """

    exit_code = 5

    def __init__(self, message: str, rank: int | None = None, field: str = "") -> None:
        self.rank, self.field = rank, field
        super().__init__(message)


class RankLost(FastavgError, RuntimeError):
    """Another rank failed, died, did not come or cannot be reached.

    Parameters
    ----------
    message : str
        What happened.
    rank : int, optional
        The rank that is lost.
    host : str, default ''
        The machine it ran on.

    Attributes
    ----------
    rank : int or None
        The one that is lost.
    host : str
        Its machine; empty if it never came.
    raised : bool
        Whether a collective has raised it.
    """

    exit_code = 5

    def __init__(self, message: str, rank: int | None = None, host: str = "") -> None:
        self.rank, self.host, self.raised = rank, host, False
        super().__init__(message)
