"""Functions of users: what can be used, and that they become loops that vectorise."""

from __future__ import annotations

import math

import numba
import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.user_functions import (
    activation_stage,
    is_compiled_function,
    loss_stage,
    trouble,
)


@kernel
def _run(address, z, ld, rows, n, bias, kept, wanted):
    call(address, (z, ld, rows, n, bias, kept, wanted))


@numba.njit
def inner(z):
    return np.exp(z) - 1


@numba.njit
def outer(z):
    return inner(z) + math.tanh(z)


@numba.njit
def outer_derivative(z):
    return math.exp(z) + 1 - math.tanh(z) ** 2


@numba.njit
def cubed(prediction, target):
    return abs(prediction - target) ** 3


@numba.njit
def cubed_derivative(prediction, target):
    d = prediction - target
    return 3 * d * abs(d)


def plain(z):
    return z


def test_only_functions_of_numba_are_compiled_functions():
    assert is_compiled_function(outer)
    assert not is_compiled_function(plain)
    assert not is_compiled_function(math.exp)


@pytest.mark.parametrize(("function", "arguments", "message"), [
    (outer, 1, None), (cubed, 2, None), (cubed, 1, "not enough"), (outer, 2, "too many"),
    (numba.njit(lambda z: "text"), 1, "it returns a str, not a number"),
    (numba.njit(lambda z: z.nothing), 1, "Unknown attribute 'nothing'"),
])
def test_trouble_is_a_phrase_or_none(function, arguments, message):
    found = trouble(function, arguments)
    assert (found is None) == (message is None)
    if message:
        assert message in found
        assert "\n" not in found
        assert not found.endswith(".")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_an_activation_calls_other_functions_of_the_user(dtype):
    z = np.linspace(-3, 3, 40).astype(dtype)
    memory, kept = z.copy(), np.zeros_like(z)
    address = activation_stage(outer, outer_derivative).address(dtype)
    _run(address, memory, 40, 1, 40, np.zeros(40, dtype), kept, True)
    exact = z.astype(float)
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(memory, np.exp(exact) - 1 + np.tanh(exact), atol=tolerance)
    np.testing.assert_allclose(
        kept, np.exp(exact) + 1 - np.tanh(exact) ** 2, rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize(("output", "link"), [
    ("identity", lambda z: z), ("exponential", np.exp),
    ("logistic", lambda z: 1 / (1 + np.exp(-z))),
])
def test_a_loss_is_composed_with_the_output_s_function(output, link):
    z, Y = np.random.default_rng(0).normal(size=(2, 6, 2))

    def loss(z):
        return (np.abs(link(z) - Y) ** 3).sum()

    memory = z.reshape(-1).copy()
    summed = output_error(
        loss_stage(cubed, cubed_derivative, output).address("float64"), memory, 0, 2, 6, 2, Y,
        np.arange(6), 0, np.zeros(0), np.zeros(6 * 6), np.zeros(12), np.zeros(1),
        False,
    )
    assert summed == pytest.approx(loss(z), rel=1e-12)
    for place in range(z.size):
        step = np.zeros(z.size)
        step[place] = 1e-5
        rise = loss(z + step.reshape(z.shape)) - loss(z - step.reshape(z.shape))
        assert memory[place] == pytest.approx(rise / 2e-5, rel=1e-6, abs=1e-7)


def test_equal_functions_share_a_stage():
    assert activation_stage(outer, outer_derivative) is activation_stage(outer, outer_derivative)
