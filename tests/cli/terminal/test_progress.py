"""Progress of a run: plain lines in a log, a line that is rewritten on a terminal."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from dataclasses import replace

import pytest
from fastavg_cli.terminal import progress
from fastavg_cli.terminal.accuracy import AccuracyProbe
from fastavg_cli.terminal.progress import ProgressLine, fitting, lost_words

from fastavg.training.observers.bad_average import BadAverage
from tests.cli.terminal import events
from tests.cli.terminal.test_accuracy import X, Y


@pytest.fixture
def line(monkeypatch):
    monkeypatch.setattr(progress, "PLAIN_SECONDS", 0.0)
    probe = AccuracyProbe(events.MODEL, X, Y)
    shown = ProgressLine(probe)
    yield shown, probe
    shown.close()


def test_a_log_has_one_plain_line_a_round(line, capsys):
    shown, probe = line
    shown.on_start(events.STARTED)
    for round in range(4):
        probe.on_round(events.round_finished(round))
        shown.on_round(events.round_finished(round))
    lines = capsys.readouterr().err.splitlines()
    assert [text.split("  ")[0] for text in lines] == [f"round {n}/4" for n in range(1, 5)]
    assert all("loss 0.5000  accuracy " in text and text.endswith("s left") for text in lines)
    assert lines[-1].endswith("0 s left")
    # 50 rows in half a second, a quarter of it spent on averaging.
    assert "  100 rows/s  averaging 25%  " in lines[-1]


def test_the_latest_drift_is_shown_once_it_is_known(line, capsys):
    shown, _ = line
    shown.on_start(events.STARTED)
    for round, drift in enumerate((None, 0.01234, None)):
        shown.on_round(replace(events.round_finished(round), drift=drift))
    first, *later = capsys.readouterr().err.splitlines()
    assert "drift" not in first
    assert all("  drift 0.012  " in text for text in later)


def test_plain_lines_on_a_terminal_if_asked(monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = ProgressLine(AccuracyProbe(events.MODEL, X[:0], Y[:0]), plain=True)
    shown.on_start(events.STARTED)
    shown.on_round(events.round_finished(3))
    shown.close()
    assert capsys.readouterr().err.startswith("round 4/4  loss 0.5000")


def test_a_log_is_not_filled_with_lines(capsys):
    shown = ProgressLine(AccuracyProbe(events.MODEL, X[:0], Y[:0]))
    shown.on_start(events.STARTED)
    for round in range(4):
        shown.on_round(events.round_finished(round))
    shown.close()
    # The last round is always shown.
    shown = [text for text in capsys.readouterr().err.splitlines() if text]
    assert [text.split("  ")[:2] for text in shown] == [["round 4/4", "loss 0.5000"]]


@pytest.mark.parametrize(("event", "said"), [
    (events.COMPILING, "compiling the kernels, once on this machine: about 5 seconds"),
    (events.REPLACED, "worker 1 of round 3 runs again"),
    (events.IDLE, "process 4711 was lost to SIGSEGV; 1 go on"),
    (events.SKIPPED, "worker 1 diverged in round 2"),
    (BadAverage(2, 2.0, 1.5, 8, redone=True), "its workers 1.5 after 8 steps; the round is"),
    (events.FAILED, "was not written: No space left on device"),
])
def test_what_happens_is_said(event, said, line, capsys):
    line[0].on_event(event)
    text = capsys.readouterr().err
    assert said in text
    assert text.count("\n") == 1


def test_a_lost_process_is_named_with_its_cause():
    assert lost_words(events.REPLACED).startswith("process 4711 was lost to SIGKILL; worker 1")


def test_a_closed_stderr_does_not_end_training(monkeypatch, tmp_path):
    with open(tmp_path / "closed", "w") as stream:
        monkeypatch.setattr("sys.stderr", stream)
        shown = ProgressLine(AccuracyProbe(events.MODEL, X[:0], Y[:0]))
    shown.on_start(events.STARTED)
    shown.on_round(events.round_finished(3))
    shown.on_event(events.COMPILING)
    shown.close()


TERMINAL = """
from fastavg_cli.terminal.accuracy import AccuracyProbe
from fastavg_cli.terminal.progress import ProgressLine
from tests.cli.terminal import events
line = ProgressLine(AccuracyProbe(events.MODEL, events.WEIGHTS[:0].reshape(0, 4), []))
line.on_start(events.STARTED)
line.on_round(events.round_finished(3))
line.close()
"""


LONG = """
from dataclasses import replace
from fastavg_cli.terminal.accuracy import AccuracyProbe
from fastavg_cli.terminal.progress import ProgressLine
from tests.cli.terminal import events
line = ProgressLine(AccuracyProbe(events.MODEL, events.WEIGHTS[:0].reshape(0, 4), []))
line.on_start(replace(events.STARTED, n_rounds=2000))
line.on_round(replace(events.round_finished(1999), n_rounds=2000, drift=0.01234, rows=1e9))
line.close()
"""


def on_terminal(program, columns):
    """What a terminal so wide gets to see."""
    ours, theirs = pty.openpty()
    try:
        subprocess.run(
            [sys.executable, "-c", program], stderr=theirs, timeout=100, check=True,
            env={**os.environ, "TERM": "xterm", "COLUMNS": str(columns)},
        )
        os.close(theirs)
        seen = b""
        while True:
            try:
                seen += os.read(ours, 4096)
            except OSError:
                break
    finally:
        os.close(ours)
    return seen


def test_a_terminal_has_a_live_line_that_goes_away():
    seen = on_terminal(TERMINAL, 100)
    assert b"round 4/4" in seen
    assert b"loss 0.5000" in seen
    # Erased at the end: a carriage return and "erase the line".
    assert seen.rstrip().endswith(b"\x1b[2K")


@pytest.mark.parametrize(("columns", "averaging", "drift"), [
    (80, False, False), (90, True, False), (140, True, True),
])
def test_a_terminal_of_any_width_shows_whole_parts(columns, averaging, drift):
    seen = on_terminal(LONG, columns).decode()
    assert "round 2000/2000" in seen
    assert "loss 0.5000  2,000,000,000 rows/s" in seen
    assert ("averaging 25%" in seen) == averaging
    assert ("drift 0.012" in seen) == drift
    assert "…" not in seen


def test_parts_are_cut_at_the_end_alone():
    assert fitting(["ab", "cd", "ef"], 6) == "ab  cd"
    assert fitting(["ab", "cd", "ef"], 5) == "ab"
    assert fitting(["abcdef"], 2) == "abcdef"
