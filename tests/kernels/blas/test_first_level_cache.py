"""The size of the first-level cache is the one that the kernel of the system lists."""

import os
from pathlib import Path

import pytest

from fastavg.kernels.blas.first_level_cache import LEAST, first_level_cache


def listed() -> int:
    for index in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        kind = (index / "level").read_text().strip(), (index / "type").read_text().strip()
        if kind == ("1", "Data"):
            return int((index / "size").read_text().strip().removesuffix("K")) * 1024
    return 0


def test_it_is_what_the_system_lists():
    assert first_level_cache() == max(LEAST, listed())


@pytest.mark.parametrize("answer", [0, -1, ValueError, OSError])
def test_a_system_that_says_nothing_has_the_least(answer, monkeypatch):
    def sysconf(name: str) -> int:
        if isinstance(answer, int):
            return answer
        raise answer

    monkeypatch.setattr(os, "sysconf", sysconf)
    assert first_level_cache.__wrapped__() == LEAST
