"""``fastavg export``: files that other programs read."""

from __future__ import annotations

import pytest

from tests.cli.commands.models import plain_model
from tests.cli.in_process import refused, run
from tests.cli.shell import records


@pytest.mark.parametrize("to", ["c", "numpy", "onnx"])
def test_files_are_named_and_there(to, tmp_path):
    path = plain_model(tmp_path)
    code, out, err = run("export", path, "--to", to, "--json")
    assert (code, err) == (0, "")
    (record,) = records(out)
    assert record["files"][0].startswith(str(tmp_path / "plain."))
    assert all((tmp_path / file).stat().st_size for file in record["files"])


def test_what_cannot_be_exported(tmp_path):
    path = plain_model(tmp_path)
    assert "choose onnx, c, numpy, torch, sklearn" in refused(3, "export", path, "--to", "java")
    err = refused(3, "export", path, "--to", "c", "--output", path)
    assert "that is read" in err
