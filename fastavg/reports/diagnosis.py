"""What this machine and this installation are good for, and what to do about what is not."""

from __future__ import annotations

import hashlib
import shutil
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil

from fastavg.communicators.mpi.launch import launched
from fastavg.errors import FastavgError
from fastavg.machine.blas_threads import one_thread_of_every_blas
from fastavg.machine.cgroups import cpu_quota
from fastavg.machine.description import processor_flags, processor_name, versions
from fastavg.machine.resources import usable_cpus, usable_memory

GOOD, NOTE, BAD = "good", "note", "bad"
SHM, LEAST_SHM, LEAST_MEMORY = Path("/dev/shm"), 64 << 20, 1 << 30
PARTS = (
    "training", "rounds", "weights", "prediction", "search", "regular", "ranks", "blocks",
    "gradients", "panels", "regular blocks", "regular gradients", "asynchronous", "split",
    "deformations", "few bits", "vectors",
)
VECTORS = ("avx512_bf16", "avx512f", "avx2", "fma", "asimd", "sve")
GEMM_SIZE, GEMM_SECONDS = 768, 0.3


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes
    ----------
    name : str
        What it is.
    value : str
        What was found.
    state : str
        ``good``, ``note`` (slower than it could be), or ``bad`` (something will not work).
    advice : str
        What to do about it; empty if there is nothing to do.
    """

    name: str
    value: str
    state: str = GOOD
    advice: str = ""


def diagnose() -> list[Finding]:
    """Look at everything; takes a few seconds, and a minute if kernels are compiled first.

    Returns
    -------
    list of Finding
        Versions, processors, instruction sets, BLAS, memory, start of processes, MPI,
        compiled kernels, and a short training with one and with two processes.
    """
    looks: tuple[Callable[[], list[Finding]], ...] = (
        _versions, _processors, _instructions, _products, _memory, _start, _mpi, _kernels,
        _self_test,
    )
    return [finding for look in looks for finding in look()]


def _versions() -> list[Finding]:
    return [
        Finding(name, version, BAD if version == "missing" else GOOD,
                f"pip install {name}" if version == "missing" else "")
        for name, version in versions().items()
    ]


def _processors() -> list[Finding]:
    present, usable, quota = psutil.cpu_count() or 1, usable_cpus(), cpu_quota()
    text = f"{usable} of {present} usable"
    if quota is not None:
        text += f", quota of the control group {quota:g}"
    less = usable < present
    return [
        Finding("processor", processor_name()),
        Finding("CPUs", text, NOTE if less else GOOD, (
            "affinity (taskset) or the control group (docker --cpus, Slurm) leaves fewer CPUs than "
            "there are; fastavg uses what is left"
        ) if less else ""),
    ]


def _instructions() -> list[Finding]:
    from fastavg.kernels.vectorized.target import multiplies_bfloat16

    flags = processor_flags()
    found = [name for name in VECTORS if name in flags]
    fast = multiplies_bfloat16()
    return [
        Finding("instruction sets", ", ".join(found) or "none that kernels gain from",
                GOOD if found else NOTE,
                "" if found else "kernels run without vector instructions; another processor, or "
                "a virtual machine that passes them on, is several times as fast"),
        Finding("bfloat16 products", "yes" if fast else "no", GOOD,
                "--products bfloat16 trains large layers faster" if fast else ""),
    ]


def _products() -> list[Finding]:
    import threadpoolctl

    libraries = [
        f"{each['internal_api']} {each.get('version') or ''} ({each.get('architecture', '?')}, "
        f"{each['num_threads']} threads)"
        for each in threadpoolctl.threadpool_info() if each["user_api"] == "blas"
    ]
    small = gemm_rate(64)
    # Nothing is faster than what a processor does at most, whatever it was doing besides.
    ceiling = max(gemm_rate(GEMM_SIZE), gemm_rate(GEMM_SIZE // 2), small)
    slow = small < ceiling / 4
    return [
        Finding("BLAS", "; ".join(libraries) or "unknown"),
        Finding("float32 products, one CPU", f"{ceiling:.0f} GFLOP/s"),
        Finding("small products, 64 x 64", f"{small:.0f} GFLOP/s, {small / ceiling:.0%} of it",
                NOTE if slow else GOOD,
                "small layers gain less here; larger batches (--batch-size) help" if slow else ""),
    ]


def gemm_rate(size: int) -> float:
    """How fast BLAS multiplies square matrices, on one thread.

    Parameters
    ----------
    size : int
        Rows and columns.

    Returns
    -------
    float
        Billions of operations a second, the best of several calls.

    Examples
    --------
    >>> gemm_rate(32) > 0
    True
    """
    random = np.random.default_rng(0)
    a, b = (random.random((size, size), dtype=np.float32) for _ in range(2))
    out = np.empty_like(a)
    best, began = np.inf, time.perf_counter()
    # NumPy's product takes NumPy's BLAS, also where fastavg has one of its own.
    with one_thread_of_every_blas():
        while time.perf_counter() - began < GEMM_SECONDS:
            start = time.perf_counter()
            np.dot(a, b, out=out)
            best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def _memory() -> list[Finding]:
    free = usable_memory()
    found = [Finding(
        "memory", f"{free / 1e9:.1f} GB free", GOOD if free >= LEAST_MEMORY else NOTE,
        "" if free >= LEAST_MEMORY else "little is left: fewer rows or fewer workers need less",
    )]
    if SHM.exists():
        room = shutil.disk_usage(SHM).free
        little = room < LEAST_SHM
        found.append(Finding(
            "/dev/shm", f"{room / 1e9:.2f} GB free", NOTE if little else GOOD,
            "fastavg does not need it on Linux, but MPI between ranks of a host does: "
            "docker run --shm-size=1g" if little else "",
        ))
    return found


def _start() -> list[Finding]:
    from fastavg.training.team.launcher import launcher

    name = type(launcher("float32")).__name__
    fork = "fork" in name.lower()
    return [Finding(
        "start of processes", "fork server" if fork else "spawn", GOOD if fork else NOTE,
        "" if fork else "processes start more slowly; unset FASTAVG_START, or use Linux",
    )]


def _mpi() -> list[Finding]:
    launcher_path, launch = shutil.which("mpiexec"), launched()
    try:
        version = metadata.version("mpi4py")
    except metadata.PackageNotFoundError:
        return [Finding("MPI", "not installed", GOOD, "" if launch is None else (
            "this process was started by mpiexec or srun: pip install 'fastavg[mpi]'"
        ))]
    found = [Finding("mpi4py", version)]
    if launcher_path is None:
        found.append(Finding(
            "mpiexec", "not found", NOTE, "pip install mpich, or load the cluster's MPI module",
        ))
        return found
    ours = Path(launcher_path).resolve().is_relative_to(Path(sys.prefix).resolve())
    found.append(Finding(
        "mpiexec", launcher_path, GOOD if ours else NOTE,
        "" if ours else "it is not of this Python environment: check that mpi4py was built for "
        "the same MPI (a launcher of another one starts ranks that do not see each other)",
    ))
    return found


def _kernels() -> list[Finding]:
    from fastavg.kernels.jit.cache_folder import cache_folder, is_compiled

    folder = cache_folder()
    if folder is None:
        return [Finding(
            "compiled kernels", "no folder for them", BAD,
            "every process compiles for half a minute; set FASTAVG_CACHE_DIR to a folder that can "
            "be written to",
        )]
    there = [part for part in PARTS if is_compiled("float32", part)]
    missing = [part for part in PARTS if part not in there]
    return [
        Finding("compiled kernels", str(folder)),
        Finding("compiled for float32", ", ".join(there) or "none", NOTE if missing else GOOD,
                "fastavg warmup compiles the rest ahead of time" if missing else ""),
    ]


def _self_test() -> list[Finding]:
    from fastavg import Execution, Network, Plan, train
    from fastavg.datasets import load_digits5k

    X, y = load_digits5k()
    X, y = X[::10], y[::10]
    plan, digests = Plan(workers=2, epochs=2), []
    began = time.perf_counter()
    try:
        for processes in (1, 2):
            model = train(Network((400, 16, 10)), X, y, plan, execution=Execution(processes))
            digests.append(hashlib.sha256(model.weights.tobytes()).hexdigest())
    except (FastavgError, OSError) as error:
        return [Finding("self-test", f"failed: {error}", BAD, "training does not work here")]
    same = digests[0] == digests[1]
    return [Finding(
        "self-test", f"one and two processes, {time.perf_counter() - began:.1f} s, weights "
        f"{'the same' if same else 'differ'} ({digests[0][:12]})", GOOD if same else BAD,
        "" if same else "please report this with the output of fastavg doctor --json",
    )]
