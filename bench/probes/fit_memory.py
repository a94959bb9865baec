"""What a fit on sparse rows adds to the memory of its process, in a process of its own.

    python -m bench.probes.fit_memory fastavg DENSITY UNITS [SOLVER] [DTYPE]

Prints JSON: the largest resident set during the fit above the one before it, and the bytes of
the rows, of the fitted weights and of what the solver keeps beside them.  The interpreter, its
libraries and the machine code of all kernels are there before: a fit of fewer rows and columns
has come first.  Linux only.
"""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from importlib import import_module
from typing import Any

MODULES = {"fastavg": "fastavg", "scikit-learn": "sklearn.neural_network"}
ROWS, COLUMNS = 8_000, 20_000
VECTORS = {"adam": 2, "sgd": 1}


def resident(name: str) -> int:
    """``VmRSS``, or ``VmHWM``, the largest of it so far, in bytes."""
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith(name))
    return 1024 * int(line.split()[1])


def measure(library: str, density: float, units: int, solver: str, dtype: str) -> dict[str, Any]:
    import numpy as np
    from scipy.sparse import random_array

    kind = import_module(MODULES[library]).MLPClassifier
    X = random_array((ROWS, COLUMNS), density=density, random_state=0, format="csr", dtype=dtype)
    y = (X @ np.random.default_rng(0).normal(size=COLUMNS) > 0).astype(int)
    given = {"hidden_layer_sizes": (units,), "solver": solver, "random_state": 0}
    warnings.simplefilter("ignore")
    # One epoch: several of so few rows would be trained in one call, by another kernel.
    kind(max_iter=1, **given).fit(X[:, : COLUMNS // 3].tocsr(), y)
    with open("/proc/self/clear_refs", "w") as references:
        references.write("5")
    before = resident("VmRSS")
    model = kind(max_iter=3, **given).fit(X, y)
    weights = sum(part.nbytes for part in (*model.coefs_, *model.intercepts_))
    numbers = sum(part.size for part in (*model.coefs_, *model.intercepts_))
    return {
        "peak": resident("VmHWM") - before,
        "rows": X.data.nbytes + X.indices.nbytes + X.indptr.nbytes,
        "weights": weights, "state": 4 * numbers * VECTORS[solver],
    }


def in_a_process(library: str, density: float, units: int, *more: str) -> dict[str, int]:
    """The figures, from a process of its own."""
    command = [sys.executable, "-m", __spec__.name, library, str(density), str(units), *more]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, int] = json.loads(found.stdout)
    return figures


if __name__ == "__main__":
    library, density, units, *more = sys.argv[1:]
    solver, dtype = [*more, *("adam", "float64")[len(more) :]]
    print(json.dumps(measure(library, float(density), int(units), solver, dtype)))
