"""Results on disk: whole at any time, and never of two different settings."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fastavg.errors import ConfigError, FileDamaged
from fastavg.experiments.results import FILE, Results, machine, open_results, settings
from tests.experiments.made_up import PROTOCOL, digits, results


def test_what_was_saved_is_read_back(tmp_path):
    saved = results()
    saved.save(tmp_path)
    found = open_results(tmp_path, PROTOCOL, digits())
    assert (found.settings, found.machine, found.runs) == (
        saved.settings, saved.machine, saved.runs
    )
    assert json.loads((tmp_path / FILE).read_text())["format"] == 1


def test_a_run_is_one_line(tmp_path):
    results().save(tmp_path)
    text = (tmp_path / FILE).read_text()
    lines = [line for line in text.splitlines() if "weights_sha256" in line]
    assert len(lines) == 10
    assert all(json.loads(line.rstrip(",")) for line in lines)


def test_an_empty_folder_has_no_runs(tmp_path):
    found = open_results(tmp_path, PROTOCOL, digits())
    assert found.runs == {}
    assert found.get(PROTOCOL.columns[0], 0) is None


def test_the_runs_of_a_column_come_split_by_split():
    made = results()
    column = PROTOCOL.columns[1]
    assert [run.split for run in made.of(column, PROTOCOL)] == [0, 1]
    del made.runs[column.key, 0]
    assert [run.split for run in made.of(column, PROTOCOL)] == [1]


@pytest.mark.parametrize(("change", "data", "said"), [
    ({"dtype": "float32"}, digits(), "dtype float64, not float32"),
    ({"hidden": (7,)}, digits(), r"hidden \[25\], not \[7\]"),
    ({"epochs": (100,)}, digits(), "epochs"),
    ({}, digits(seed=1), "data_sha256"),
])
def test_other_settings_are_refused(change, data, said, tmp_path):
    results().save(tmp_path)
    with pytest.raises(ConfigError, match=f"it was made with {said}"):
        open_results(tmp_path, replace(PROTOCOL, **change), data)


def test_more_splits_and_workers_go_on_with_the_same_file(tmp_path):
    results().save(tmp_path)
    more = replace(PROTOCOL, splits=5, workers=(2, 4, 8))
    assert len(open_results(tmp_path, more, digits()).runs) == 10


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": 9, "settings": {}, "runs": []}'])
def test_another_file_is_refused(text, tmp_path):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(FileDamaged, match="it is not a results file of fastavg"):
        open_results(tmp_path, PROTOCOL, digits())


def test_the_machine_is_described():
    found = machine()
    libraries = {"python", "numpy", "scipy", "numba", "blas_kernels"}
    assert {"processor", "cpus", *libraries} <= found.keys()
    assert all(found.values())
    assert Results(settings(PROTOCOL, digits())).machine == {}
