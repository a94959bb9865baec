"""Numba is asked once which code an operator has for some types, and always for Python's own."""

from __future__ import annotations

import operator

import pytest
from numba.core import types
from numba.core.registry import cpu_target
from numba.extending import overload

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.type_memory import TypeMemory, type_memory

INTS = (types.int64, types.int64)


@pytest.fixture
def asked():
    """A memory, and the questions that reach numba."""
    context, questions = cpu_target.typing_context, []
    context.refresh()
    memory = TypeMemory(context)
    resolve = memory._resolve

    def watched(function, args, kws):
        questions.append(function)
        return resolve(function, args, kws)

    memory._resolve = watched
    return memory, questions


def test_a_second_question_is_answered_from_memory(asked):
    memory, questions = asked
    first = memory.resolve(operator.add, INTS, {})
    assert first.return_type == types.int64
    assert memory.resolve(operator.add, INTS, {}) is first
    assert questions == [operator.add]
    other = memory.resolve(operator.add, (types.float32, types.float32), {})
    assert other.return_type == types.float32
    assert questions == [operator.add] * 2


def _halved(x):
    return x / 2


@overload(_halved)
def _halved_in_python(x):
    return lambda x: x / 2


def test_a_function_that_numba_has_in_python_is_asked_for_each_time(asked):
    memory, questions = asked
    for _ in range(2):
        assert memory.resolve(_halved, (types.int64,), {}).return_type == types.float64
    assert questions == [_halved] * 2


def test_what_does_not_exist_is_refused_as_by_numba(asked):
    memory, _ = asked
    for _ in range(2):
        with pytest.raises(Exception, match="No implementation of function"):
            memory.resolve(operator.add, (types.int64, types.unicode_type), {})


def test_numba_s_context_is_left_as_it_was():
    context = cpu_target.typing_context
    before = context.resolve_function_type

    def failing(x):
        return x + "no number"

    with pytest.raises(Exception, match="No implementation of function"):
        kernel(failing)(1)
    assert context.resolve_function_type == before
    assert type_memory() is type_memory()


# An exact kernel between two others that may reorder, with an operator that numba has in Python.
@kernel
def _fast(x):
    return max(x, 1.0) * 3.0 * x


@kernel(exact=True)
def _exact(x):
    return max(x, 1.0) * 3.0 * x


def test_kernels_keep_their_own_options():
    for numbers in (0.5, 2.5):
        assert _exact(numbers) == max(numbers, 1.0) * 3.0 * numbers
        assert _fast(numbers) == pytest.approx(_exact(numbers))
    flagged = {"_fast": _fast, "_exact": _exact}
    for name, function in flagged.items():
        (code,) = function.inspect_llvm().values()
        assert ("fmul reassoc" in code) == (name == "_fast")
