"""Variables that a launcher has left are no launch, and a launch does serial work once."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.communicators.mpiexec import run as mpiexec
from tests.communicators.tcp.ranks import ended, free_port, started
from tests.promises.programs import COMMAND, FAST, FIT, ROOT, python, run, weights

PAGES = ROOT / "docs" / "how-to"

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


def job_of_kubernetes():
    """The command of the containers, for two ranks."""
    text = (PAGES / "scripts" / "job.yaml").read_text()
    command = re.search(r">-\n(.*?)\n +volumeMounts:", text, re.DOTALL).group(1)
    assert "--size 4 " in command
    return " ".join(command.split()).replace("--size 4 ", "--size 2 ")


def step_of_slurm():
    """What the script without MPI runs on each node."""
    text = (PAGES / "scripts" / "without_mpi.slurm").read_text()
    return re.search(r"bash -c '\n(.*?)'\nrm ", text, re.DOTALL).group(1)


@pytest.mark.parametrize(("script", "number", "size"), [
    (job_of_kubernetes, "JOB_COMPLETION_INDEX", {}),
    (step_of_slurm, "SLURM_PROCID", {"SLURM_NTASKS": "2"}),
])
def test_the_commands_of_the_pages_end_in_the_same_weights(script, number, size, trained):
    command = script()
    for written, here in {
        "/data/rows.npz": "d.npz", "data.npz": "d.npz", "/data/model": "model",
        "/key/run.pem": "key.pem",
    }.items():
        command = command.replace(written, here)
    few = re.sub(r"--workers [0-9]+", "--workers 2 --processes 1 --epochs 1 --hidden 8", command)
    environment = {
        "RENDEZVOUS": f"127.0.0.1:{free_port()}", "KEY": "key.pem", **size,
        "PATH": f"{Path(COMMAND).parent}:/usr/bin:/bin",
    }
    ends = ended([
        process for rank in (0, 1) for process in started(
            [("bash", "-c", f"cd {trained}; {few} --quiet")],
            **environment, **{number: str(rank)},
        )
    ])
    assert [end.code for end in ends] == [0, 0], [end.err for end in ends]
    assert (trained / "model.safetensors").read_bytes() == (trained / "m").read_bytes()
