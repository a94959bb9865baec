"""Warming up compiles a part of the work and notes it; processes are in test_kernel_cache.py."""

from __future__ import annotations

import pytest

from fastavg.kernels.warm_up import ASIDE, FIRST, is_compiled, warm_up


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", ["training", "search"])
def test_a_part_is_noted_once_it_is_compiled(part):
    warm_up("float32", part)
    assert is_compiled("float32", part)


def test_two_processes_begin_with_different_work():
    for part in FIRST:
        assert FIRST[part][0] not in ASIDE[part]
    # Steps and blocks take longest.
    assert FIRST["training"][0] not in ASIDE["blocks"]
    assert FIRST["blocks"][0] not in ASIDE["training"]


def test_an_unknown_part_is_an_error():
    with pytest.raises(KeyError):
        warm_up("float32", "nonsense")
