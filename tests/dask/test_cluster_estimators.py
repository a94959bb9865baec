"""Fits on a real Dask cluster of two processes end in the bits of local ones."""

from __future__ import annotations

import json

import pytest

from tests.communicators.mpiexec import PYTHON, finish, start_program
from tests.engines.conformance import NAMES, OF_PARTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    ended = finish(
        start_program(
            PYTHON, "-W", "ignore", "-m", "tests.dask.on_cluster", folder / "record.json",
            TMPDIR=str(folder),
        ), 270,
    )
    assert ended.code == 0, ended.err
    return json.loads((folder / "record.json").read_text())


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", [*NAMES, *(promise.__name__ for promise in OF_PARTS)])
def test_it_is_an_engine(found, name):
    assert found[name] == ""
