"""Where a command's results go."""

from __future__ import annotations

import json

from fastavg_cli.commands.results import Results


def test_text_is_written_without_empty_lines_at_its_end(capsys):
    Results(None, json=False, quiet=True).text("a = 1\nb = 2\n\n")
    assert capsys.readouterr().out == "a = 1\nb = 2\n"


def test_a_record_is_a_line_of_json(capsys):
    Results(None, json=True, quiet=True).record({"event": "x", "loss": float("nan")})
    assert json.loads(capsys.readouterr().out) == {"event": "x", "loss": None}
