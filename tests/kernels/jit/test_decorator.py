"""The kernel cache: damage, edits and missing folders cost a compilation and nothing else.

A tiny package with its own copy of the cache stands for the library, so that
each case is a fresh process of a second or two.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import fastavg.kernels.blas.openblas
import fastavg.kernels.jit.decorator

pytestmark = pytest.mark.timeout(300)

CALLEE = """
from tiny.kernels.jit.decorator import kernel

@kernel
def factor(x):
    return x * 2.0
"""
CALLER = """
from tiny.kernels.callee import factor
from tiny.kernels.jit.decorator import kernel

@kernel
def twice(x, out):
    for i in range(x.size):
        out[i] = factor(x[i])
"""
RUN = """
import numpy as np
from tiny.kernels.caller import twice
out = np.zeros(3)
twice(np.arange(3.0), out)
print(out.tolist(), sum(twice.stats.cache_hits.values()))
"""


@pytest.fixture
def tiny(tmp_path):
    folder = tmp_path / "source" / "tiny" / "kernels"
    folder.mkdir(parents=True)
    for place in (folder, folder.parent):
        (place / "__init__.py").write_text("")
    for module in (fastavg.kernels.jit.decorator, fastavg.kernels.blas.openblas):
        source = Path(module.__file__).parent
        copy = folder / source.name
        copy.mkdir()
        for path in source.glob("*.py"):
            text = path.read_text().replace("fastavg.kernels", "tiny.kernels")
            (copy / path.name).write_text(text)
    (folder / "callee.py").write_text(CALLEE)
    (folder / "caller.py").write_text(CALLER)
    return folder


def answer(tiny, cache):
    """What a fresh process computes, and how many kernels it found in the cache."""
    # A home and a temporary folder of the test's own: kernels are kept there too, for longer.
    own = {name: str(tiny.parents[1]) for name in ("HOME", "XDG_CACHE_HOME", "TMPDIR")}
    environment = {
        **os.environ, **own, "FASTAVG_CACHE_DIR": str(cache), "PYTHONPATH": str(tiny.parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", RUN], env=environment, capture_output=True, text=True, timeout=100,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def entries(cache):
    return sorted(Path(cache).rglob("*.kernel"))


def truncated(blob):
    return blob[: len(blob) // 2]


def emptied(blob):
    return b""


def garbage(blob):
    return b"not a kernel at all" * 50


def flipped(blob):
    middle = len(blob) // 2
    return blob[:middle] + bytes([blob[middle] ^ 1]) + blob[middle + 1 :]


def test_the_second_process_finds_the_kernel_and_an_edit_elsewhere_is_seen(tiny, tmp_path):
    assert answer(tiny, tmp_path / "cache") == "[0.0, 2.0, 4.0] 0"
    assert answer(tiny, tmp_path / "cache") == "[0.0, 2.0, 4.0] 1"
    (tiny / "callee.py").write_text(CALLEE.replace("2.0", "3.0"))
    assert answer(tiny, tmp_path / "cache") == "[0.0, 3.0, 6.0] 0"


def test_damage_is_a_miss_and_is_repaired(tiny, tmp_path):
    cache = tmp_path / "cache"
    answer(tiny, cache)
    assert entries(cache)
    for damage in (truncated, emptied, garbage, flipped):
        for path in entries(cache):
            path.write_bytes(damage(path.read_bytes()))
        assert answer(tiny, cache) == "[0.0, 2.0, 4.0] 0", damage
    assert answer(tiny, cache) == "[0.0, 2.0, 4.0] 1"
    assert not list(Path(cache).rglob(".new-*"))


def test_a_folder_that_cannot_be_made_is_done_without(tiny, tmp_path):
    # A file stands where the folder should be: not even root can write there.
    (tmp_path / "cache").write_text("")
    assert answer(tiny, tmp_path / "cache") == "[0.0, 2.0, 4.0] 0"


def test_a_folder_that_others_can_write_to_is_not_trusted(tiny, tmp_path):
    cache = tmp_path / "cache"
    answer(tiny, cache)
    (folder,) = {path.parent for path in entries(cache)}
    folder.chmod(0o777)
    assert answer(tiny, cache) == "[0.0, 2.0, 4.0] 0"
    folder.chmod(0o700)
    assert answer(tiny, cache) == "[0.0, 2.0, 4.0] 1"
