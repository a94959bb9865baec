"""What processes find loaded: all that their orders call."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import fastavg.training.needed_kernels as needed
from fastavg.solvers.regularization import Regularization
from fastavg.training.needed_kernels import needed_kernels
from fastavg.training.run import Run
from tests.training.later_kernels import PLANS
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


@pytest.mark.timeout(240)
@pytest.mark.parametrize("plan", PLANS)
def test_orders_load_no_kernel_that_a_process_has_not_found(plan):
    command = [sys.executable, "-m", "tests.training.later_kernels", plan]
    found = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert found.returncode == 0, found.stderr
    # Each takes a process a hundredth of a second, in every run.
    assert json.loads(found.stdout) == []


@pytest.mark.parametrize(("changes", "fit", "parts"), [
    ({}, False, ["training"]),
    ({}, True, ["weights", "blocks"]),
    ({"regularization": Regularization(dropout=0.1)}, False, ["training", "regular"]),
    ({"regularization": Regularization(dropout=0.1)}, True, ["weights", "regular blocks"]),
    ({"algorithm": "gradient-averaging"}, False, ["training", "gradients"]),
    ({"algorithm": "downpour"}, False, ["training", "asynchronous"]),
    ({"algorithm": "lbfgs", "solver": "lbfgs", "batch_size": 0}, False, ["training", "search"]),
])
@pytest.mark.parametrize("vectors", [False, True])
def test_a_run_needs_the_kernels_of_its_plan(changes, fit, parts, vectors, monkeypatch):
    monkeypatch.setattr(needed, "takes_vectors", lambda run: vectors)
    plan = small_plan(**changes)
    rows = data_for(NETWORK, 40, plan.dtype)
    run = Run(NETWORK, plan, rows, first_weights(NETWORK, plan))
    found = needed_kernels(run, fit)
    assert ("vectors" in found) == vectors
    assert [part for part in found if part != "vectors"] == parts
