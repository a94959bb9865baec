"""Variables that a launcher has left are no launch, and a launch does serial work once."""

from __future__ import annotations

import numpy as np
import pytest

from tests.communicators.mpiexec import run as mpiexec
from tests.promises.programs import COMMAND, FAST, FIT, python, run, weights

LEFT = {
    "srun": {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"},
    "Open MPI": {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"},
    "MPICH": {"PMI_SIZE": "4", "PMI_RANK": "1"},
}


@pytest.fixture
def trained(tmp_path):
    X = np.random.default_rng(0).normal(size=(60, 3))
    np.savez(tmp_path / "d.npz", X=X, y=(X[:, 0] > 0).astype(int))
    ended = run(COMMAND, "train", "d.npz", *FAST, "--output", "m", folder=tmp_path)
    assert ended.code == 0, ended.err
    return tmp_path


@pytest.mark.parametrize("launcher", LEFT)
def test_left_over_variables(launcher, trained):
    # The rank that they name may be any: the sentence is said all the same.
    ended = run(COMMAND, "train", *FAST, **LEFT[launcher])
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.count("\n") == 1
    assert "--communicator local trains alone" in ended.err
    alone = run(COMMAND, "train", *FAST, "--communicator", "local", **LEFT[launcher])
    assert (alone.code, alone.err) == (0, "")
    predicted = run(COMMAND, "predict", "m", "d.npz", folder=trained, **LEFT[launcher])
    assert (predicted.code, len(predicted.out.splitlines())) == (0, 60), predicted.err


def test_left_over_variables_do_not_reach_the_library():
    assert weights(python(FIT, **LEFT["srun"])) == weights(python(FIT))


def test_serial_commands_work_once_under_mpiexec(trained):
    model, data = trained / "m", trained / "d.npz"
    ended = mpiexec("-n", 3, COMMAND, "predict", model, data)
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 60
    ended = mpiexec("-n", 3, COMMAND, "evaluate", model, data)
    assert (ended.code, ended.err) == (0, "")
    assert len(ended.out.splitlines()) == 3
