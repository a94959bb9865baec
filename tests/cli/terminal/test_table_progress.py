"""Progress of networks for a table: plain lines in a log, one line on a terminal."""

from __future__ import annotations

import pytest
from fastavg_cli.terminal import table_progress
from fastavg_cli.terminal.table_progress import TableProgress

from fastavg.training.observers.events import Validated
from tests.cli.terminal import events


def epochs(shown):
    for epoch in range(1, 5):
        for member in range(2):
            shown.on_event(Validated(
                float(epoch), 1 / epoch, float("nan"), 2 / epoch, member, 3
            ))


def test_plain_lines_say_epoch_losses_and_the_most_that_is_left(monkeypatch, capsys):
    monkeypatch.setattr(table_progress, "PLAIN_SECONDS", 0.0)
    shown = TableProgress(3, 10)
    epochs(shown)
    shown.close()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 8
    assert lines[0] == "network 1/3  epoch 1  loss 1.0000  held-out loss 2.0000"
    assert lines[-1].startswith("network 2/3  epoch 4  loss 0.2500  held-out loss 0.5000  at most ")
    assert all(line.endswith(" s left") for line in lines[1:])


def test_what_is_left_does_not_count_what_came_before_the_first_epoch(monkeypatch, capsys):
    seconds = iter([0.0, 60.0, 61.0])
    monkeypatch.setattr(table_progress.time, "monotonic", lambda: next(seconds))
    monkeypatch.setattr(table_progress, "PLAIN_SECONDS", 0.0)
    shown = TableProgress(1, 10)
    for epoch in (1.0, 2.0):
        shown.on_event(Validated(epoch, 1.0, float("nan"), 2.0, 0, 3))
    monkeypatch.undo()
    shown.close()
    assert capsys.readouterr().err.splitlines()[-1].endswith("at most 8 s left")


def test_a_log_is_not_filled_and_other_events_say_nothing(capsys):
    shown = TableProgress(3, 10)
    epochs(shown)
    shown.on_event(events.REPLACED)
    shown.close()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("plain", [False, True])
def test_a_terminal_has_a_curve_unless_plain(plain, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(table_progress, "LIVE_SECONDS", 0.0)
    monkeypatch.setattr(table_progress, "PLAIN_SECONDS", 0.0)
    shown = TableProgress(3, 10, plain)
    epochs(shown)
    shown.close()
    text = capsys.readouterr().err
    assert ("█" in text) != plain
    assert "held-out loss 0.5000" in text
