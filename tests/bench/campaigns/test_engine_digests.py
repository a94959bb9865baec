"""The digests of ranks without an engine are those of a fit of one process, and are kept."""

from __future__ import annotations

import json

import pytest

from bench.campaigns.engine_digests import NAMES, main, table


def test_ways_are_measured_and_kept(tmp_path, capsys):
    path = tmp_path / "digests.json"
    path.write_text(json.dumps({"ray": {"1": {"shards": "a" * 64, "partitions": "b" * 64}}}))
    # Those of Ray that were kept are others.
    assert main(["mpi", "tcp", "--ranks", "2", "--record", str(path)])
    record = json.loads(path.read_text())
    assert {*record} == {"local", "mpi", "tcp", "ray"}
    assert record["mpi"] == record["tcp"] == {"2": record["local"]["1"]}
    assert len(set(record["local"]["1"].values())) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == table(record)[2:]
    assert [line.split(" | ")[0] for line in lines[2:]] == [
        f"| {NAMES[way]}" for way in ("local", "mpi", "tcp", "ray")
    ]
    del record["ray"]
    path.write_text(json.dumps(record))
    assert not main(["--table", "--record", str(path)])


def test_a_way_that_nobody_knows_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["abacus", "--record", str(tmp_path / "none.json")])
    assert "abacus is unknown; choose mpi, tcp, dask, spark, ray" in capsys.readouterr().err
