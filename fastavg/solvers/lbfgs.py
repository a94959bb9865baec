"""L-BFGS on all rows at once, by SciPy, over the kernels' objective."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from fastavg.data.sampling import Batches
from fastavg.kernels.network.packing import repack
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers.contract import Job
from fastavg.solvers.objective import BatchObjective

Array = NDArray[np.floating]


class Minimum(NamedTuple):
    """Where L-BFGS ended: weights, loss with its penalty, iterations, and why it stopped.

    ``stopped_by`` is empty if it converged.
    """

    weights: NDArray[np.float64]
    loss: float
    iterations: int
    stopped_by: str


def lbfgs(
    network: Network, X: Array, Y: Array, weights: Array | None, start: Array, *,
    l2: float, max_iter: int = 200, max_fun: int = 15000, tol: float = 1e-4,
) -> Minimum:
    """Minimise the mean loss of all rows plus ``l2 / (2 rows) * |W|^2``.

    Parameters
    ----------
    network : Network
    X, Y : array (n_rows, n_features), (n_rows, n_targets)
    weights : array (n_rows,), optional
        How much each row counts.
    start : array (n_weights,)
    l2, max_iter, max_fun, tol
        As in scikit-learn's MLP; ``tol`` bounds the largest slope.

    Notes
    -----
    Everything is computed in float64: a line search is the first to suffer from
    rounded slopes (Liu and Nocedal 1989; Byrd, Lu, Nocedal and Zhu 1995).

    Examples
    --------
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> network = Network((1, 1), output="identity")
    >>> found = lbfgs(network, X, 3 * X + 1, None, network.initial_weights(0), l2=0.0, tol=1e-9)
    >>> found.weights.round(3)
    array([3., 1.])
    """
    exact = np.float64
    space = Workspace(network, len(X), exact)
    rows = np.arange(len(X))
    job = Job(
        workspace=space, X=np.require(X, exact, ["C", "W"]), Y=np.require(Y, exact, ["C", "W"]),
        weights=np.zeros(0) if weights is None else np.require(weights, exact, ["C", "W"]),
        batches=Batches(rows, np.array([[0, len(X)]])), first_step=0, total_steps=1,
        steps_before=0, epochs=1, rows_per_step=len(X), l2=l2,
    )
    wide, narrow = np.zeros_like(space.theta), np.zeros(network.n_weights)

    def value_and_slope(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        repack(space.dense, np.ascontiguousarray(at), space.layers, space.theta)
        value = objective(space.theta, wide)
        repack(space.layers, wide, space.dense, narrow)
        return value, narrow

    with one_blas_thread():
        objective = BatchObjective(job, 0, len(X))
        found: Any = minimize(
            value_and_slope, start.astype(exact), jac=True, method="L-BFGS-B",
            options={"maxfun": max_fun, "maxiter": max_iter, "gtol": tol},
        )
    message = found.message if isinstance(found.message, str) else found.message.decode()
    return Minimum(
        np.array(found.x), float(found.fun), int(min(found.nit, max_iter)),
        message.lower() if found.status else "",
    )
