"""The summed weight of a batch: in the order of its rows, compiled or loaded."""

import os
import subprocess
import sys

import numpy as np
import pytest

from fastavg.kernels.network.batch_weight import batch_weight


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [0, 1, 7, 64, 1000])
def test_rows_are_added_one_after_the_other(dtype, rows):
    random = np.random.default_rng(rows)
    weights = random.exponential(size=2000).astype(dtype)
    order = random.permutation(2000)
    total = 0.0
    for row in order[5 : 5 + rows]:
        total += float(weights[row])
    assert batch_weight(weights, order, 5, rows) == total


def test_without_weights_rows_are_counted():
    assert batch_weight(np.zeros(0), np.arange(9), 3, 6) == 6.0


FIT = """
import hashlib
import numpy as np
from fastavg import Network, Plan, Regularization, train
random = np.random.default_rng(0)
X, weight = random.normal(size=(200, 4)), random.exponential(size=200)
for limits in (Regularization(), Regularization(dropout=0.2)):
    plan = Plan(epochs=2, batch_size=50, dtype="float64", regularization=limits)
    model = train(Network((4, 3, 2)), X, X[:, 0] > 0, plan, sample_weight=weight)
    print(hashlib.sha256(model.weights.tobytes()).hexdigest())
"""


@pytest.mark.timeout(300)
def test_a_process_that_compiles_has_the_bits_of_one_that_loads(tmp_path):
    environment = {**os.environ, "FASTAVG_CACHE_DIR": str(tmp_path / "cache")}
    first, again = (
        subprocess.run(
            [sys.executable, "-c", FIT], env=environment, cwd=tmp_path, check=True, text=True,
            stdout=subprocess.PIPE, timeout=250,
        ).stdout
        for _ in range(2)
    )
    assert first == again
