"""Failpoints: a listener hears every one, and without a listener nothing happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from fastavg.machine import failpoints
from fastavg.machine.failpoints import PARENT_FAILPOINTS, PROCESS_FAILPOINTS, failpoint

LISTENER = """
heard = []
def listen(name, round, worker):
    heard.append((name, round, worker))
"""


def test_the_listener_is_called_with_name_round_and_worker(monkeypatch):
    heard = []
    monkeypatch.setattr(failpoints, "listener", lambda *given: heard.append(given))
    failpoint("task", 3, 1)
    failpoint("file-open")
    assert heard == [("task", 3, 1), ("file-open", -1, -1)]


def test_without_a_listener_it_does_nothing(monkeypatch):
    monkeypatch.setattr(failpoints, "listener", None)
    assert failpoint("task") is None


def test_the_environment_names_the_listener(tmp_path):
    (tmp_path / "ears.py").write_text(LISTENER)
    program = (
        "from fastavg.machine.failpoints import failpoint; import ears; "
        "failpoint('ready', 2); print(ears.heard)"
    )
    environment = {
        **os.environ, "PYTHONPATH": str(tmp_path), "FASTAVG_FAILPOINT_LISTENER": "ears:listen",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True,
        timeout=60, check=True,
    )
    assert done.stdout == "[('ready', 2, -1)]\n"


def test_every_name_is_used_in_the_source_and_every_used_name_is_listed():
    package = Path(failpoints.__file__).parents[1]
    text = "\n".join(path.read_text() for path in package.rglob("*.py"))
    used = set(re.findall(r'\bfailpoint\(\s*"([a-z-]+)"', text))
    assert used == {*PROCESS_FAILPOINTS, *PARENT_FAILPOINTS}
