"""Stages: loops that a kernel calls by their address."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import FORMS, Stage, call


@kernel
def _run(address, hyper, rate, decay, w, state, g):
    call(address, (hyper, rate, decay, w, w.size, state, w.size, g))


def _step(hyper, rate, decay, w, n, state, ld, g):
    weights, gradient = numba.carray(w, n), numba.carray(g, n)
    count = numba.carray(hyper, 1)
    numba.carray(state, ld)[0] += 1
    for i in range(n):
        weights[i] -= rate * (gradient[i] + decay * weights[i])
    count[0] += n


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_kernel_hands_over_arrays_and_numbers(dtype):
    stage = Stage("update", _step)
    w, g, state = np.array([1, 2, 3], dtype), np.array([1, 0, -1], dtype), np.zeros(3, dtype)
    hyper = np.zeros(2)
    _run(stage.address(dtype), hyper, 0.5, w.dtype.type(2), w, state, g)
    assert w.tolist() == [-0.5, 0, 0.5]
    assert hyper.tolist() == [3, 0]
    assert state.tolist() == [1, 0, 0]


def test_it_is_compiled_once_for_each_dtype():
    stage = Stage("update", _step)
    assert stage.address("float32") == stage.address(np.float32)
    assert stage.address("float32") != stage.address("float64")


def test_two_stages_of_the_same_kernel_are_told_apart():
    def nothing(hyper, rate, decay, w, n, state, ld, g):
        numba.carray(w, n)[0] = 42

    w = np.zeros(2)
    for loop, expected in ((_step, 0), (nothing, 42)):
        _run(Stage("update", loop).address("float64"), np.zeros(2), 0.1, 0.0, w, np.zeros(2),
             np.zeros(2))
        assert w[0] == expected


def test_forms_and_dtypes_that_are_unknown_are_errors():
    with pytest.raises(KeyError):
        Stage("nonsense", _step).address("float32")
    with pytest.raises(KeyError):
        Stage("update", _step).address("int32")
    assert {"activation", "loss", "update"} <= set(FORMS)
