"""Subnormal numbers: zero inside the block, untouched behind it."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from fastavg.kernels.numerics.subnormals import (
    DEFAULT,
    FLUSH,
    X86,
    exchange_control,
    subnormals_are_zero,
)

SMALL = np.float32(1e-38)


def kept():
    """True if a subnormal operand and a subnormal result are what they are."""
    tenth = SMALL * np.float32(0.1)
    return bool(tenth > 0), bool(np.frombuffer(b"\x01\0\0\0", np.float32)[0] * 2 > 0)


@pytest.mark.skipif(not X86, reason="the switch is one of x86 processors")
def test_they_are_zero_inside_and_themselves_behind():
    assert kept() == (True, True)
    with subnormals_are_zero():
        assert kept() == (False, False)
        with subnormals_are_zero():
            assert kept() == (False, False)
        assert kept() == (False, False)
    assert kept() == (True, True)
    with pytest.raises(KeyError, match="own"), subnormals_are_zero():
        raise KeyError("own")
    assert kept() == (True, True)


def test_other_threads_keep_theirs():
    found, inside, go = [], threading.Event(), threading.Event()

    def other():
        inside.wait(10)
        found.append(kept())
        go.set()

    thread = threading.Thread(target=other)
    thread.start()
    with subnormals_are_zero():
        inside.set()
        assert go.wait(10)
    thread.join(10)
    assert found == [(True, True)]


@pytest.mark.skipif(not X86, reason="the register is one of x86 processors")
def test_settings_come_back_from_an_exchange():
    before = exchange_control(np.uint32(DEFAULT | FLUSH))
    # Flags of what has happened since, such as a rounding, may be set besides.
    assert exchange_control(np.uint32(before)) & (DEFAULT | FLUSH) == DEFAULT | FLUSH
    assert before & FLUSH == 0
