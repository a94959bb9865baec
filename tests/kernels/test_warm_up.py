"""Warming up compiles a part of the work and notes it; processes are in test_kernel_cache.py."""

from __future__ import annotations

import pytest

from fastavg.kernels.warm_up import ASIDE, FIRST, is_compiled, warm_up


@pytest.mark.timeout(300)
@pytest.mark.parametrize("part", ["training", "search"])
def test_a_part_is_noted_once_it_is_compiled(part):
    warm_up("float32", part)
    assert is_compiled("float32", part)


def begins(works, part):
    """What a process begins with for a part."""
    return next(work for work, used_by in works if part in used_by)


def test_two_processes_begin_with_different_work():
    parts = set().union(*(used_by for _, used_by in FIRST))
    assert parts == {"training", "rounds", "blocks"}
    for part in parts:
        assert begins(FIRST, part) != begins(ASIDE, part)


def test_steps_and_blocks_which_take_longest_are_compiled_by_one_process_each():
    assert "blocks" not in dict(FIRST)[begins(FIRST, "training")]
    assert not any("training" in used_by for work, used_by in ASIDE if work.__name__ == "_blocks")


def test_an_unknown_part_is_an_error():
    with pytest.raises(KeyError):
        warm_up("float32", "nonsense")
