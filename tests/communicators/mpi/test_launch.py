"""Launchers by what they leave in the environment, and libraries that do not match."""

from __future__ import annotations

import pytest

from fastavg.communicators.mpi.launch import Launch, check_launch, launched, without_launch
from fastavg.errors import LaunchMismatch

ENVIRONMENTS = {
    "mpiexec of Open MPI": {"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"},
    "mpiexec": {"PMI_SIZE": "4", "PMI_RANK": "2"},
    "mpiexec of MVAPICH": {"MV2_COMM_WORLD_SIZE": "4", "MV2_COMM_WORLD_RANK": "2"},
    "srun": {"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"},
}


@pytest.mark.parametrize("launcher", ENVIRONMENTS)
def test_each_launcher_is_known_by_its_variables(launcher):
    assert launched(ENVIRONMENTS[launcher]) == Launch(launcher, 4, 2)


def test_mpiexec_inside_a_job_of_slurm_counts():
    both = {**ENVIRONMENTS["srun"], "PMI_SIZE": "3", "PMI_RANK": "0"}
    assert launched(both) == Launch("mpiexec", 3, 0)


@pytest.mark.parametrize("environment", [
    {}, {"SLURM_NTASKS": "4"}, {"PMI_SIZE": ""}, {"PMI_SIZE": "many"}, {"PMI_RANK": "1"},
])
def test_a_process_that_nobody_launched(environment):
    assert launched(environment) is None


def test_a_rank_without_a_number_is_the_first():
    assert launched({"PMI_SIZE": "2"}) == Launch("mpiexec", 2, 0)


def test_processes_of_a_rank_are_no_ranks():
    environment = {"HOME": "/home/me", "PATH": "/bin"}
    for variables in ENVIRONMENTS.values():
        assert without_launch({**environment, **variables}) == environment
        assert launched(without_launch({**environment, **variables})) is None


@pytest.mark.parametrize("launcher", ENVIRONMENTS)
def test_a_library_that_sees_another_number_is_refused(launcher):
    launch = Launch(launcher, 4, 0)
    check_launch(4, "MPICH", launch)
    with pytest.raises(LaunchMismatch, match=r"started 4 processes, .* \(MPICH\) sees 1; ") as seen:
        check_launch(1, "MPICH", launch)
    assert ("srun --mpi=list" in str(seen.value)) == (launcher == "srun")
    assert "\n" not in str(seen.value)
