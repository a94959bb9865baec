"""Fits on real Ray actors end in the bits of local ones.

Not part of the default run, for Ray is large::

    pip install ".[test,ray]" && pytest tests/ray
"""

from __future__ import annotations

import json

import pytest

from tests.communicators.mpiexec import PYTHON, ROOT, finish, start_program
from tests.engines.conformance import NAMES, OF_PARTS


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("cluster") / "record.json"
    ended = finish(
        start_program(
            PYTHON, "-W", "ignore", "-m", "tests.ray.on_cluster", path, PYTHONPATH=str(ROOT)
        ), 300,
    )
    assert ended.code == 0, ended.err
    return json.loads(path.read_text())


@pytest.mark.timeout(330)
@pytest.mark.parametrize("name", [*NAMES, *(promise.__name__ for promise in OF_PARTS)])
def test_it_is_an_engine(found, name):
    assert found[name] == ""


def test_the_script_of_the_page_runs():
    page = ROOT / "docs" / "how-to" / "scripts" / "on_ray.py"
    ended = finish(start_program(PYTHON, "-W", "ignore", page), 100)
    assert ended.code == 0, ended.err
    assert float(ended.out.split()[-1]) > 0.9
