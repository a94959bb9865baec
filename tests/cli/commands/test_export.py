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


@pytest.mark.parametrize(("to", "name"), [
    ("numpy", "plain.npz"), ("torch", "plain.py"), ("c", "plain.c"), ("onnx", "plain.onnx"),
])
def test_a_file_that_no_export_wrote_is_not_replaced(to, name, tmp_path):
    path = plain_model(tmp_path)
    (tmp_path / name).write_text("rows to train on")
    err = refused(3, "export", path, "--to", to)
    assert f"{name} exists, and no export wrote it; --output names another file" in err
    assert (tmp_path / name).read_text() == "rows to train on"
    assert run("export", path, "--to", to, "--output", tmp_path / f"other.{name[-2:]}")[0] == 0


def test_arrays_beside_a_named_file_are_not_replaced_either(tmp_path):
    path = plain_model(tmp_path)
    (tmp_path / "rows.npz").write_text("rows to train on")
    assert "rows.npz exists" in refused(
        3, "export", path, "--to", "numpy", "--output", tmp_path / "rows.py"
    )


@pytest.mark.parametrize("to", ["c", "numpy", "onnx", "sklearn"])
def test_an_export_is_replaced_by_the_next(to, tmp_path):
    path = plain_model(tmp_path)
    for _ in range(2):
        assert run("export", path, "--to", to)[0] == 0
