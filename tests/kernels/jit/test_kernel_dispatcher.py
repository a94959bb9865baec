"""Kernels that kernels call have no machine code of their own, until Python calls them too."""

from __future__ import annotations

import gc

import numba
import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.inner_library import InnerLibrary, UnoptimizedLibrary, library_of
from fastavg.kernels.jit.kernel_dispatcher import compilation
from fastavg.kernels.jit.stages import Stage

PLACES = (3, 5)


@kernel
def _inner(x, times):
    if times < 0:
        raise ValueError("times is negative")
    return x * times + PLACES[1]


@kernel
def _outer(out, times):
    for i in range(out.size):
        out[i] = _inner(out[i], 2) + _inner(out[i], 3) + _inner(out[i], times)


def is_inner(function):
    """Of each compiled signature of a kernel, whether it is for other kernels alone."""
    return [isinstance(library_of(each), InnerLibrary) for each in function.overloads.values()]


def test_an_inner_kernel_is_compiled_once_and_again_when_python_calls_it():
    numbers = np.ones(3)
    _outer(numbers, 1)
    assert numbers.tolist() == [2 + 3 + 1 + 3 * 5] * 3
    # The numbers 2 and 3 are no types of their own.
    assert (is_inner(_outer), is_inner(_inner)) == ([False], [True])
    assert _inner(1.0, 1) == 6.0
    assert is_inner(_inner) == [False]
    assert _inner.py_func(1.0, 1) == 6.0
    _outer(numbers, 0)
    assert numbers.tolist() == [21 * 5 + 15] * 3


def test_a_kernel_that_python_calls_while_another_is_compiled_is_no_inner_one():
    @kernel
    def called(x):
        return x - 1

    # As by a module that is imported for a compilation.
    with compilation():
        assert called(2.0) == 1.0
    assert is_inner(called) == [False]


def test_an_error_inside_arrives():
    with pytest.raises(ValueError, match="times is negative"):
        _outer(np.ones(1), -1)


def test_the_inner_form_alone_is_compiled_ahead():
    @kernel
    def half(x):
        return x / 2

    half.compile_inner(1.0)
    assert is_inner(half) == [True]
    half.compile_inner(1.0)
    assert (half(3.0), is_inner(half)) == (1.5, [False])


def test_a_thin_kernel_is_linked_as_it_was_written_whether_or_not_python_has_called_it():
    @kernel(thin=True)
    def thin(x):
        return _inner(x, 2) + 1

    @kernel
    def before(x):
        return thin(x) * 2

    @kernel
    def after(x):
        return thin(x) * 2

    def linked():
        (result,) = thin.overloads.values()
        return isinstance(library_of(result), UnoptimizedLibrary)

    assert (before(1.0), linked()) == (16.0, True)
    assert (thin(1.0), linked()) == (8.0, False)
    assert (after(1.0), linked()) == (16.0, True)
    assert thin(2.0) == 10.0


def test_garbage_is_collected_afterwards_as_before():
    @kernel
    def twice(x):
        return x + x

    assert gc.isenabled()
    assert twice(2.0) == 4.0
    assert gc.isenabled()
    gc.disable()
    try:
        assert twice(2) == 4
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_a_stage_calls_is_inner():
    @kernel
    def next_number(x):
        return x * 2

    def loop(hyper, rate, decay, w, n, state, ld, g):
        weights = numba.carray(w, n)
        for i in range(n):
            weights[i] = next_number(weights[i])

    assert Stage("update", loop).address("float64")
    assert is_inner(next_number) == [True]
