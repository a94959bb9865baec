"""What the machine grants."""

import os
import subprocess
import sys
import threading

import psutil
import threadpoolctl

from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.resources import usable_cpus, usable_memory
from fastavg.training.team.environment import THREAD_VARIABLES, single_thread_environment


def test_affinity_limits_the_processors():
    code = (
        "import os\n"
        "os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from fastavg.machine.resources import usable_cpus\n"
        "print(usable_cpus())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"
    assert 1 <= usable_cpus() <= os.cpu_count()


def test_usable_memory_is_a_part_of_the_machine_s():
    assert 0 <= usable_memory() <= psutil.virtual_memory().total


def test_the_environment_of_children_has_one_thread():
    environment = single_thread_environment()
    assert {environment[name] for name in THREAD_VARIABLES} == {"1"}
    assert environment["PATH"] == os.environ["PATH"]


def blas_threads():
    return {found["num_threads"] for found in threadpoolctl.threadpool_info()
            if found["user_api"] == "blas"}


def test_a_block_that_ends_does_not_end_another_s_single_thread(monkeypatch):
    # As where fastavg has no BLAS of its own.
    monkeypatch.setattr("fastavg.kernels.blas.openblas.private_openblas", lambda: None)
    # Two trainings in two threads: the first to end must not give the other two BLAS
    # threads, with which its products would have other bits.
    import scipy.linalg  # noqa: F401

    first_in, second_in, first_out = threading.Event(), threading.Event(), threading.Event()
    seen = []

    def first():
        with one_blas_thread():
            first_in.set()
            second_in.wait()
        first_out.set()

    def second():
        first_in.wait()
        with one_blas_thread():
            second_in.set()
            first_out.wait()
            seen.append(blas_threads())

    before = blas_threads()
    threads = [threading.Thread(target=one) for one in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [{1}]
    assert blas_threads() == before
