"""A worker's job on all rows, as local training makes it."""

from __future__ import annotations

import numpy as np

from fastavg.data.sampling import Batches
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Job


def job_of(network, X, Y, batch_size=0, n_vectors=2, loss=None, **more):
    """One pass over the rows in their order."""
    n = len(X)
    size = batch_size or n
    starts = np.arange(0, n, size)
    steps = np.column_stack([starts, np.minimum(size, n - starts)])
    space = Workspace(network, size, "float64", n_vectors, loss)
    given = {
        "first_step": 0, "total_steps": len(steps), "steps_before": 0, "epochs": 1,
        "rows_per_step": size, "l2": 0.0, **more,
    }
    return Job(space, X, Y, np.zeros(0), Batches(np.arange(n), steps), **given)
