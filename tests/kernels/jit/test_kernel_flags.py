"""Settings of compilations: equal where numba's own are, and fit for its caches."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from numba.core import compiler

from fastavg.kernels.jit import kernel_flags as module
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.kernel_flags import KernelFlags, kernel_flags

OPTIONS = sorted(compiler.Flags.options)


@pytest.mark.parametrize("name", OPTIONS)
def test_flags_are_equal_where_those_of_numba_are(name):
    default = compiler.Flags.options[name].default
    mine, theirs = (KernelFlags(), KernelFlags()), (compiler.Flags(), compiler.Flags())
    assert mine[0] == mine[1]
    assert theirs[0] == theirs[1]
    if isinstance(default, bool):
        # A setting that is made to what it was changes nothing.
        for value in (default, not default):
            for one, _ in (mine, theirs):
                setattr(one, name, value)
            assert (mine[0] == mine[1]) == (theirs[0] == theirs[1]) == (value == default)


def test_flags_are_found_again_as_keys_and_never_taken_for_numba_s_own():
    kept = {KernelFlags(): 1, compiler.Flags(): 2}
    assert kept[KernelFlags()] == 1
    assert kept[compiler.Flags()] == 2


def test_a_copy_is_of_the_same_class_and_names_code_as_numba_does():
    flags, plain = KernelFlags(), compiler.Flags()
    for each in (flags, plain):
        each.nrt, each.no_compile = True, True
    assert type(flags.copy()) is KernelFlags
    assert flags.copy() == flags
    # Names of functions hold the settings: they are part of the kernels' cache.
    assert flags.get_mangle_string() == plain.get_mangle_string()


def test_numba_s_own_flags_are_taken_where_it_keeps_settings_in_another_way(monkeypatch):
    class Other:
        options = compiler.Flags.options

    monkeypatch.setattr(module, "compiler", SimpleNamespace(Flags=Other))
    assert type(kernel_flags()) is Other


def test_kernels_are_compiled_with_them(monkeypatch):
    seen = []
    whole = compiler.compile_extra

    def compile_extra(*args, flags, **kws):
        seen.append(type(flags))
        return whole(*args, flags=flags, **kws)

    monkeypatch.setattr(compiler, "compile_extra", compile_extra)

    @kernel(cached=False)
    def twice(x):
        return 2 * x

    assert twice(2.0) == 4.0
    assert seen[0] is KernelFlags
