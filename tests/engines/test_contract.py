"""What ranks are told; engines themselves are tested by the conformance suite."""

from __future__ import annotations

from fastavg import MLPClassifier
from fastavg.dask.dask_engine import DaskEngine
from fastavg.engines.contract import Engine, Job
from tests.communicators.tcp.groups import KEY


def test_a_job_does_not_show_its_key():
    assert "PRIVATE" in KEY.pem.decode()
    assert "PRIVATE" not in repr(Job("a", KEY, MLPClassifier(), 2))


def names_of_an_engine():
    """Its methods and attributes."""
    return {name for name in vars(Engine) if not name.startswith("_")} | {"worker", "asks"}


def test_dask_has_what_an_engine_has():
    assert names_of_an_engine() == {"worker", "asks", "queue", "slots", "run"}
    assert names_of_an_engine() <= set(dir(DaskEngine))
