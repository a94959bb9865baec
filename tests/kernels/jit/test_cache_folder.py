"""The folder of the compiled kernels: where it lies, and when there is none."""

from __future__ import annotations

import os
import time

import pytest

from fastavg.kernels.jit import cache_folder as module
from fastavg.kernels.jit.cache_folder import (
    ABANDONED_SECONDS,
    cache_folder,
    is_compiled,
    source_digest,
)


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No answer of before is remembered, here or afterwards."""
    for name in ("FASTAVG_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    cache_folder.cache_clear()
    yield
    cache_folder.cache_clear()


@pytest.mark.parametrize("variable", ["FASTAVG_CACHE_DIR", "NUMBA_CACHE_DIR", "XDG_CACHE_HOME"])
def test_it_lies_where_the_environment_says(variable, tmp_path, monkeypatch):
    monkeypatch.setenv(variable, str(tmp_path))
    folder = cache_folder()
    assert folder is not None
    assert folder.is_relative_to(tmp_path)
    assert folder.is_dir()
    assert source_digest()[:16] in folder.name


def test_fastavg_s_own_variable_comes_first(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAVG_CACHE_DIR", str(tmp_path / "ours"))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "numba"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    assert cache_folder().is_relative_to(tmp_path / "ours")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="folders have no owner here")
def test_a_folder_that_others_can_write_to_is_emptied_and_made_private(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAVG_CACHE_DIR", str(tmp_path))
    folder = cache_folder()
    (folder / "planted.kernel").write_bytes(b"somebody else's code")
    folder.chmod(0o777)
    cache_folder.cache_clear()
    assert cache_folder() == folder
    assert folder.stat().st_mode & 0o022 == 0
    assert list(folder.iterdir()) == []


def test_what_a_killed_program_has_left_is_swept_after_a_day(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAVG_CACHE_DIR", str(tmp_path))
    folder = cache_folder()
    old, young = folder / ".new-old", folder / ".new-young"
    for path in (old, young):
        path.write_bytes(b"half a kernel")
    past = time.time() - ABANDONED_SECONDS - 60
    os.utime(old, (past, past))
    cache_folder.cache_clear()
    cache_folder()
    assert not old.exists()
    assert young.exists()


def test_the_digest_is_of_the_sources_the_compiler_and_the_blas(monkeypatch):
    before = source_digest()
    assert before == source_digest()
    assert len(before) == 64
    source_digest.cache_clear()
    monkeypatch.setattr(module, "core_name", lambda: "another processor")
    other = source_digest()
    source_digest.cache_clear()
    assert other != before


def test_is_compiled_needs_a_complete_part(tmp_path, monkeypatch):
    monkeypatch.setenv("FASTAVG_CACHE_DIR", str(tmp_path))
    assert not is_compiled("float32")
    (cache_folder() / "complete-training-float32").touch()
    assert is_compiled("float32")
    assert not is_compiled("float64")
    assert not is_compiled("float32", "search")
