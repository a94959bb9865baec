"""A report as two files."""

from __future__ import annotations

import json

import pytest

from fastavg import ConfigError, DataError
from fastavg.reports.write_report import write_report
from fastavg.runs.run_folder import RunFolder


def test_page_and_figures_say_the_same(run_folders, tmp_path):
    page, beside = write_report(run_folders["class"].path, tmp_path / "r.html")
    figures = json.loads(beside.read_text())
    assert beside.name == "r.json"
    assert f"{figures['metrics']['accuracy']:.2%}" in page.read_text()
    assert figures["reproduce"]["weights_sha256"] in page.read_text()
    page, beside = write_report(run_folders["class"].path)
    assert (page.name, beside.name) == ("report.html", "report.json")
    assert page.parent == run_folders["class"].path


def test_what_cannot_be_reported_is_refused_before_the_work(run_folders, tmp_path):
    folder = run_folders["plain"]
    with pytest.raises(ConfigError, match=r"is the file .*model\.safetensors that is read"):
        write_report(folder.path, folder.model)
    with pytest.raises(ConfigError, match="folder that does not exist"):
        write_report(folder.path, tmp_path / "no" / "r.html")
    (tmp_path / "begun").mkdir()
    begun = RunFolder(tmp_path / "begun")
    begun.config.write_text("seed = 0\n")
    with pytest.raises(DataError, match="holds a run that is not finished"):
        write_report(begun.path)
