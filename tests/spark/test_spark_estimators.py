"""Fits on real Spark executors end in the bits of local ones.

Not part of the default run, for Spark is large and needs Java::

    apt-get install openjdk-17-jre-headless
    pip install ".[test,spark]" && pytest tests/spark
"""

from __future__ import annotations

import json

import pytest

from tests.communicators.mpiexec import PYTHON, ROOT, finish, start_program
from tests.engines.conformance import NAMES, OF_PARTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster")
    ended = finish(
        start_program(
            PYTHON, "-W", "ignore", "-m", "tests.spark.on_cluster", folder / "record.json",
            PYTHONPATH=str(ROOT), SPARK_LOCAL_IP="127.0.0.1", TMPDIR=str(folder),
        ), 400,
    )
    assert ended.code == 0, ended.err
    return json.loads((folder / "record.json").read_text())


@pytest.mark.timeout(430)
@pytest.mark.parametrize("name", [*NAMES, *(promise.__name__ for promise in OF_PARTS)])
def test_it_is_an_engine(found, name):
    assert found[name] == ""


@pytest.mark.timeout(130)
def test_the_script_of_the_page_runs():
    page = ROOT / "docs" / "how-to" / "scripts" / "on_spark.py"
    ended = finish(start_program(PYTHON, "-W", "ignore", page, SPARK_LOCAL_IP="127.0.0.1"), 120)
    assert ended.code == 0, ended.err
    assert float(ended.out.split()[-1]) > 0.9
