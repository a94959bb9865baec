"""The series of killed workers: a fit is done once, and the table counts what is recorded."""

from __future__ import annotations

import json

import pytest

from bench.campaigns.lost_workers import main, recorded

LINES = [
    {"engine": "ray", "fault": "ends", "turn": 0, "seconds": 0.51, "said": "rank N"},
    {"engine": "ray", "fault": "ends", "turn": 1, "seconds": 12.0, "said": "rank N"},
    {"engine": "ray", "fault": "goes on", "turn": 0, "seconds": 9.0},
    {"engine": "ray", "fault": "goes on", "turn": 1, "failed": "AssertionError: "},
]


@pytest.fixture
def record(tmp_path):
    path = tmp_path / "fits.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


def test_what_is_recorded_is_counted_and_not_done_again(record, capsys):
    main(["ray", "--times", "2", "--record", str(record)])
    assert recorded(record) == LINES
    assert capsys.readouterr().out.splitlines()[2:] == [
        "| Dask | 0 of 0 | - | 0 of 0 | - |", "| Ray | 1 of 2 | 12.0 s | 1 of 2 | 9.0 s |",
        "| Spark | 0 of 0 | - | 0 of 0 | - |",
    ]


def test_an_engine_that_nobody_knows_is_refused(record, capsys):
    with pytest.raises(SystemExit):
        main(["abacus", "--record", str(record)])
    assert "abacus is unknown; choose dask, ray, spark" in capsys.readouterr().err
