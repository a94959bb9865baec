"""The whole experiment in a small form: what is found is kept, what is missing is made."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.experiments.protocol import Protocol
from fastavg.experiments.reproduce import run_all
from fastavg.experiments.results import open_results
from tests.experiments.made_up import digits

PROTOCOL = Protocol(splits=1, workers=(2,), epochs=(5,), hidden=(3,), dtype="float32")
DATA = digits()


def test_all_runs_are_made_once_and_kept(tmp_path):
    seen = []
    results = run_all(PROTOCOL, DATA, tmp_path / "new", 1, seen.append)
    assert results.runs.keys() == {(column.key, 0) for column in PROTOCOL.columns}
    assert [each.run for each in seen] == sorted(each.run for each in seen)
    assert seen[-1].share == seen[-1].fresh == pytest.approx(1)
    assert {each.runs for each in seen} == {4}
    assert results.machine["cpus"] >= 1
    # On disk as well, and not made again.
    kept = open_results(tmp_path / "new", PROTOCOL, DATA)
    assert kept.runs == results.runs
    del kept.runs["model-2", 0]
    kept.save(tmp_path / "new")
    seen.clear()
    again = run_all(PROTOCOL, DATA, tmp_path / "new", 1, seen.append)
    assert {each.column.key for each in seen} == {"model-2"}
    assert seen[-1].fresh < seen[-1].share
    assert again.runs["model-1", 0] == results.runs["model-1", 0]
    digest = results.runs["model-2", 0].weights_sha256
    assert again.runs["model-2", 0].weights_sha256 == digest


def test_fewer_than_one_process_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="processes is 0; it must be a whole number"):
        run_all(PROTOCOL, DATA, tmp_path / "new", 0)
    assert not (tmp_path / "new").exists()
