"""Which process of a launch does the work of a serial command."""

from __future__ import annotations

import pytest
from fastavg_cli.process.first_rank import is_first_rank

from tests.communicators.mpiexec import PYTHON, run

CODE = "from fastavg_cli.process.first_rank import is_first_rank; print(is_first_rank())"


def test_a_process_that_nobody_launched_is_the_first():
    assert is_first_rank()


@pytest.mark.parametrize("left_over", [
    {"PMI_SIZE": "1", "PMI_RANK": "0"}, {"OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"},
])
def test_a_launch_of_one_is_the_first(left_over, monkeypatch):
    for name, value in left_over.items():
        monkeypatch.setenv(name, value)
    assert is_first_rank()


def test_one_of_three_is_the_first():
    done = run("-n", 3, PYTHON, "-c", CODE)
    assert done.code == 0, done.err
    assert (done.out.count("True"), done.out.count("False")) == (1, 2)
