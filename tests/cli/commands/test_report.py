"""``fastavg report``: one page about a run."""

from __future__ import annotations

import pytest

from tests.cli.in_process import refused, run
from tests.cli.shell import records
from tests.reports.runs import plain_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return plain_folder(tmp_path_factory.mktemp("report"))


def test_the_files_are_named(folder):
    code, out, err = run("report", folder.path, "--json")
    assert (code, err) == (0, "")
    assert records(out) == [{
        "event": "reported", "page": str(folder.report), "figures": str(folder.figures),
    }]
    assert folder.report.read_text().startswith("<!doctype html>")


def test_what_is_no_run_and_data_that_have_changed(folder, tmp_path):
    assert "there is no run folder" in refused(3, "report", tmp_path / "none")
    assert "is no run folder" in refused(3, "report", tmp_path)
    data = folder.path.parent / "d.npz"
    data.write_bytes(data.read_bytes() + b"x")
    assert "has changed since the run" in refused(3, "report", folder.path)
