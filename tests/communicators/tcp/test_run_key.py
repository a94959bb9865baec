"""The key of a run."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading

import pytest

from fastavg.communicators import RunKey
from fastavg.errors import ConfigError


def test_a_key_is_written_for_its_owner_alone_and_read_again(tmp_path):
    path = tmp_path / "run.pem"
    key = RunKey.make()
    key.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert RunKey.read(path).pem == key.pem
    assert [each.name for each in tmp_path.iterdir()] == ["run.pem"]


def test_keys_differ_and_do_not_show():
    first, second = RunKey.make(), RunKey.make()
    assert first.pem != second.pem
    assert "PRIVATE" not in repr(first)


def test_rank_0_makes_a_missing_key_and_the_others_wait_for_it(tmp_path):
    path, found = tmp_path / "run.pem", []
    waiting = threading.Thread(
        target=lambda: found.append(RunKey.read_or_make(path, make=False, seconds=20))
    )
    waiting.start()
    made = RunKey.read_or_make(path, make=True, seconds=20)
    waiting.join(30)
    assert found[0].pem == made.pem
    assert RunKey.read_or_make(path, make=True, seconds=20).pem == made.pem


def test_a_key_that_is_there_is_never_replaced(tmp_path):
    path = tmp_path / "run.pem"
    RunKey.make().write(path)
    with pytest.raises(ConfigError, match="File exists"):
        RunKey.make().write(path)


@pytest.mark.parametrize(("mode", "refused"), [(0o644, True), (0o604, True), (0o440, False)])
def test_a_key_that_everybody_can_read_is_refused(tmp_path, mode, refused):
    path = tmp_path / "run.pem"
    RunKey.make().write(path)
    path.chmod(mode)
    if not refused:
        RunKey.read(path)
        return
    with pytest.raises(ConfigError, match=rf"mode {mode:o}, so that every user.*chmod 600"):
        RunKey.read(path)


def test_a_key_that_does_not_come_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"run\.pem is missing; rank 0 makes it"):
        RunKey.read_or_make(tmp_path / "run.pem", make=False, seconds=0)
    with pytest.raises(ConfigError, match="No such file or directory"):
        RunKey.read_or_make(tmp_path / "no" / "run.pem", make=True, seconds=0)


@pytest.mark.parametrize("content", [b"", b"nothing", RunKey.make().pem[:200]])
def test_what_is_no_key_is_refused(tmp_path, content):
    path = tmp_path / "run.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"run\.pem holds no private key with its certificate"):
        RunKey.read(path).context(server=True)


def test_a_program_without_cryptography_says_what_to_install():
    program = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from fastavg.communicators import RunKey\n"
        "try: RunKey.make()\n"
        "except ValueError as error: sys.stdout.write(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'fastavg[tcp]'" in done.stdout
    assert "openssl req -x509" in done.stdout
