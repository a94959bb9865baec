"""``fastavg inspect``."""

from __future__ import annotations

from tests.cli.commands.models import plain_model
from tests.cli.in_process import refused, run
from tests.cli.shell import records


def test_lines_and_json(tmp_path):
    path = plain_model(tmp_path)
    code, out, err = run("inspect", path)
    assert (code, err) == (0, "")
    assert "3 to 2  softmax  8 weights" in out
    (record,) = records(run("inspect", path, "--json")[1])
    assert record["classes"] == ["long", "short"]


def test_a_damaged_file(tmp_path):
    path = plain_model(tmp_path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert str(path) in refused(3, "inspect", path)
