"""Kernels that others call where they lie: found by name, in this process and in the next."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fastavg.kernels.jit.apart_library import ApartLibrary, Callee
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.inner_library import library_of
from tests.promises.programs import python

SCALE = (2.0, 3.0)


@kernel(apart=True)
def _scaled(x, out):
    if x.size == 0:
        raise ValueError("no numbers")
    for i in range(x.size):
        out[i] = SCALE[1] * x[i]


@kernel(apart=True)
def _twice(x, out):
    _scaled(x, out)
    _scaled(out, out)


@kernel
def _outer(x, out):
    _twice(x, out)
    return out.sum()


@kernel
def _another(x, out):
    _scaled(x, out)
    return out[0]


def library(function):
    """Of the only signature of a kernel."""
    (result,) = function.overloads.values()
    return library_of(result)


def test_callers_call_machine_code_that_they_do_not_hold():
    x, out = np.arange(1.0, 4.0), np.zeros(3)
    assert _outer(x, out) == 9 * 6
    assert _another(x, out) == 3.0
    assert isinstance(library(_scaled), ApartLibrary)
    symbol = library(_scaled).callee.symbol
    for caller in (_outer, _another):
        (code,) = caller.inspect_llvm().values()
        assert "_scaled" not in code.replace(symbol, "")
    (code,) = _another.inspect_llvm().values()
    assert f'declare i32 @"{symbol}"' in code or f"declare i32 @{symbol}" in code


def test_an_error_inside_arrives():
    with pytest.raises(ValueError, match="no numbers"):
        _outer(np.zeros(0), np.zeros(0))


def test_python_s_form_and_the_one_that_lies_apart_live_side_by_side():
    x, out = np.ones(2), np.zeros(2)
    _another(x, out)
    lying = library(_scaled)
    _scaled(x, out)
    assert out.tolist() == [3.0, 3.0]
    assert not isinstance(library(_scaled), ApartLibrary)
    assert _another(2 * x, out) == 6.0

    @kernel
    def third(x, out):
        _scaled(x, out)
        return out[1]

    assert third(3 * x, out) == 9.0
    assert library(_scaled) is lying


def test_a_symbol_tells_kernels_and_types_apart():
    callees = [
        Callee("module", "name", ("a",)), Callee("module", "name", ("b",)),
        Callee("module", "other", ("a",)), Callee("another", "name", ("a",)),
    ]
    assert len({each.symbol for each in callees}) == 4
    assert callees[0].symbol == Callee("module", "name", ("a",)).symbol


# A caller, what it calls and how many of them were compiled or loaded.
PROGRAM = """
import numpy as np
from fastavg.kernels.network.dense import forward, predict_rows
from fastavg.kernels.warm_up import warm_up
warm_up("float32", "prediction")
for each in (predict_rows, forward):
    stats = each.stats
    print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def said(folder):
    ended = python(PROGRAM, FASTAVG_CACHE_DIR=str(folder))
    assert ended.code == 0, ended.err
    return ended.out.split()


def test_the_next_process_loads_what_its_callers_call(tmp_path):
    assert said(tmp_path) == ["0", "1", "0", "1"]
    assert said(tmp_path) == ["1", "0", "1", "0"]


def test_what_is_missing_or_damaged_is_compiled_before_its_caller_is_loaded(tmp_path):
    said(tmp_path)
    (path,) = Path(tmp_path).rglob("*.dense.forward-*.kernel")
    path.unlink()
    assert said(tmp_path) == ["1", "0", "0", "1"]
    (path,) = Path(tmp_path).rglob("*.dense.forward-*.kernel")
    path.write_bytes(path.read_bytes()[:-100])
    assert said(tmp_path) == ["1", "0", "0", "1"]
    assert said(tmp_path) == ["1", "0", "1", "0"]
