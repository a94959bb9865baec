"""L-BFGS, described; the algorithm of that name carries it out over all workers."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.errors import ConfigError
from fastavg.options import at_least, check_options, option, whole
from fastavg.solvers.contract import SOLVERS, Job, Outcome


@SOLVERS.member("lbfgs")
@dataclass(frozen=True)
class LBFGS:
    """Limited-memory BFGS on the loss of all rows.

    It goes with the algorithm ``lbfgs``, in which every worker evaluates its shard; the
    epochs of the plan are the most iterations.

    Parameters
    ----------
    tol : float
        Training ends when no component of the gradient is larger.
    max_fun : int
        Most evaluations of the objective.
    history : int
        Number of past steps from which the curvature is approximated.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> LBFGS(tol=1e-6).n_vectors
    0
    """

    tol: float = option(1e-4, check=at_least(0), sklearn="tol")
    max_fun: int = option(15000, check=whole(1), sklearn="max_fun")
    history: int = option(10, check=whole(1))

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def n_vectors(self) -> int:
        """None: the curvature pairs are the algorithm's."""
        return 0

    @property
    def whole_sample(self) -> bool:
        """True: the objective is that of all rows."""
        return True

    def train(self, job: Job) -> Outcome:
        """No worker trains alone.

        Parameters
        ----------
        job : Job
            Workspace, rows, batches and step numbers.

        Raises
        ------
        ConfigError
        """
        raise ConfigError("solver is lbfgs; it goes with algorithm='lbfgs'")
