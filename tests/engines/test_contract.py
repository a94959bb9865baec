"""What ranks are told; engines themselves are tested by the conformance suite."""

from __future__ import annotations

from fastavg import MLPClassifier
from fastavg.dask.dask_engine import DaskEngine
from fastavg.engines.contract import Engine, Job
from tests.communicators.tcp.groups import KEY


def test_a_job_does_not_show_its_key():
    assert "PRIVATE" in KEY.pem.decode()
    assert "PRIVATE" not in repr(Job("a", KEY, MLPClassifier(), 2))


def test_a_rank_has_all_rows_or_those_of_its_own_workers():
    parts = Job("a", KEY, MLPClassifier(workers=8, sampling="partitions"), 3, 800, own_rows=True)
    assert [parts.own_bytes(rank) for rank in range(3)] == [200, 300, 300]
    shards = Job("a", KEY, MLPClassifier(workers=8), 3, row_bytes=800)
    assert [shards.own_bytes(rank) for rank in range(3)] == [800] * 3
    assert (parts.in_parts, shards.in_parts) == (True, False)


def names_of_an_engine():
    """Its methods and attributes."""
    return {name for name in vars(Engine) if not name.startswith("_")} | {"worker", "asks"}


def test_dask_has_what_an_engine_has():
    assert names_of_an_engine() == {"worker", "asks", "queue", "slots", "run"}
    assert names_of_an_engine() <= set(dir(DaskEngine))
