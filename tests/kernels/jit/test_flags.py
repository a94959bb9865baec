"""Settled flags: numba's, compared by what they say."""

from __future__ import annotations

from numba.core import compiler

from fastavg.kernels.jit.flags import KernelFlags


def made(kind=KernelFlags, **values):
    flags = kind()
    for name, value in values.items():
        setattr(flags, name, value)
    return flags


def test_equal_flags_settle_to_one_object():
    first, second = made(nrt=True).settled(), made(nrt=True).settled()
    assert first is second
    assert made(nrt=False).settled() != first


def test_they_equal_numba_s_own_and_hash_as_those():
    for values in ({}, {"nrt": True}, {"nrt": True, "noalias": True}):
        settled, plain = made(**values).settled(), made(compiler.Flags, **values)
        assert settled == plain
        assert plain == settled
        assert hash(settled) == hash(plain)
        assert settled != made(compiler.Flags, error_model="numpy", **values)


def test_a_copy_can_be_changed_and_is_another_then():
    settled = made(nrt=True).settled()
    copy = settled.copy()
    assert copy == settled
    copy.nrt = False
    assert copy != settled
    assert settled.nrt
