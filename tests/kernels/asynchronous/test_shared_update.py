"""Steps on shared weights are the optimizer's own steps, and the copy follows."""

import numpy as np
import pytest

from fastavg.kernels.asynchronous.shared_update import AT_ONCE, NUMBERS_AT, STAGE, numbers_for
from fastavg.kernels.network.optimizers import STEP_AT, update
from fastavg.solvers import SGD, Adagrad, Adam, Nadam

SOLVERS = [SGD(0.1, momentum=0.0), SGD(0.1), SGD(0.1, nesterov=True), Adam(), Adagrad(), Nadam()]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [1, AT_ONCE, 2 * AT_ONCE + 77])
@pytest.mark.parametrize("solver", SOLVERS, ids=lambda solver: type(solver).__name__)
def test_the_step_is_the_optimizers_own_on_what_is_shared(solver, n, dtype):
    random, number = np.random.default_rng(n), np.dtype(dtype).type
    copy, before, gradient = random.normal(size=(3, n)).astype(dtype)
    shared, wanted, given = before.copy(), before.copy(), copy.copy()
    state = np.zeros((solver.n_vectors, n + 5), dtype)
    expected = state.copy()
    code, hyper = solver.code(dtype), solver.numbers(0, 2)
    numbers = numbers_for(code, hyper, copy.ctypes.data, shared.ctypes.data)
    for step in (1, 2):
        hyper[STEP_AT] = numbers[STEP_AT] = step
        update(code, hyper, 0.1, number(0.01), wanted, expected, 5, gradient)
        update(STAGE.address(dtype), numbers, 0.1, number(0.01), copy, state, 5, gradient)
    assert np.array_equal(shared, wanted)
    assert np.array_equal(copy, shared)
    assert np.array_equal(state, expected)
    assert not np.array_equal(copy, given)


def test_the_optimizers_numbers_come_after_those_of_the_step():
    hyper = np.arange(9.0)
    numbers = numbers_for(3, hyper, 1000, 600)
    assert np.array_equal(numbers[NUMBERS_AT:], hyper)
    assert numbers[:NUMBERS_AT].tolist() == [0, 1, 2, 3, 4, 5, 3, -400]
