"""No vector reads or writes beyond the arrays that a training step is given."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from fastavg.kernels.vectorized.target import multiplies_bfloat16

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="pages are fenced by mprotect")
# Everything that steps work on lies between fences: rows, their order, weights, working memory.
PROGRAM = """
import sys
from functools import partial
import numpy as np
from fastavg.kernels.network.layout import PRODUCTS_AT, Samples
from fastavg.kernels.network.optimizers import MOMENTUM, NO_UPDATE
from fastavg.kernels.network.train_steps import train_steps
from fastavg.networks import bfloat16_operands, vector_operands, workspace
from fastavg.networks.network import Network
from tests.kernels import calls
from tests.kernels.fenced import copied, fenced
from tests.problems import rows_for, weights_of

products, at_end, dtype = sys.argv[1], sys.argv[2] == "end", sys.argv[3]
for module in (bfloat16_operands, vector_operands, workspace):
    module.aligned = partial(fenced, at_end=at_end)
# Of any network, whether it gains by them or not.
workspace.gains_by_vectors = lambda table, rows, width: True
for sizes in ((3, 5, 2), (1, 1, 1), (17, 33, 70, 3), (65, 16, 1), (16, 64, 80, 16)):
    network = Network(sizes, "tanh", "identity")
    theta = weights_of(network, dtype=dtype)
    for rows in (1, 15, 16, 33, 64):
        space = workspace.Workspace(network, rows, dtype, 1)
        space.multiply_in_vectors() if products == "vectors" else space.multiply_in_bfloat16()
        assert space.layers[:, PRODUCTS_AT].all()
        calls.repack(space.dense, theta, space.layers, space.theta)
        space.pack_weights()
        X, Y = rows_for(network, 70, dtype=dtype)
        order = np.random.default_rng(rows).permutation(70)[: 2 * rows]
        order[rows - 1] = 69
        data = Samples(
            *(copied(array, at_end) for array in (X, Y, np.ones(70, dtype), order))
        )
        # The last batch is a short one.
        steps = np.array([(0, rows), (len(order) - rows + 1, rows - 1)])
        for solver in (MOMENTUM, NO_UPDATE):
            loss, _ = train_steps(
                space.layers, space.loss, solver, calls.hyper(), np.full(2, 0.1), 0.1,
                space.theta, space.state, space.scratch, data, steps,
            )
            assert np.isfinite(loss)
print("whole")
"""
TOO_FAR = """
import ctypes
from tests.kernels.fenced import fenced
numbers = fenced(5, "float32", {at_end})
ctypes.c_float.from_address(numbers.ctypes.data + {distance}).value
"""


def ended(program, *arguments):
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120,
        check=False,
    )


@pytest.mark.parametrize("side", ["end", "start"])
@pytest.mark.parametrize(("products", "dtype"), [
    ("vectors", "float32"), ("vectors", "float64"),
    pytest.param("bfloat16", "float32", marks=pytest.mark.skipif(
        not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
    )),
])
def test_steps_stay_within_their_arrays(products, dtype, side):
    process = ended(PROGRAM, products, side, dtype)
    assert (process.returncode, process.stdout) == (0, "whole\n"), process.stderr


@pytest.mark.parametrize(("at_end", "distance"), [(True, 20), (False, -4)])
def test_one_number_too_far_ends_a_process(at_end, distance):
    assert ended(TOO_FAR.format(at_end=at_end, distance=0)).returncode == 0
    program = TOO_FAR.format(at_end=at_end, distance=distance)
    assert ended(program).returncode == -signal.SIGSEGV
