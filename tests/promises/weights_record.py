"""The record of weights: SHA-256 of the last weights of every recorded run, in a file.

    python -m tests.promises.weights_record --write FILE
    python -m tests.promises.weights_record --compare FILE [--only TEXT]

The same bits are promised for the same type of machine and the same versions of what
computes them.  ``--compare`` ends with code 1 if a hash differs; where the file is from
another environment, it says what differs, and compares nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path

from llvmlite import binding

from tests.promises import estimator_runs, python_runs, shell_runs

RUNS = {**python_runs.RUNS, **estimator_runs.RUNS, **shell_runs.RUNS}
RECORD = Path(__file__).with_name("weights_record.json")
PACKAGES = ("llvmlite", "numba", "numpy", "scikit-learn", "scipy")
# Settings that change which instructions compute a run.
SETTINGS = ("FASTAVG_BLAS_CORE", "NUMBA_CPU_FEATURES", "NUMBA_CPU_NAME", "OPENBLAS_CORETYPE")


def environment():
    """Everything outside of fastavg that the bits may depend on."""
    features = binding.get_host_cpu_features().flatten()
    return {
        "machine": platform.machine(),
        "processor": binding.get_host_cpu_name(),
        "processor features": hashlib.sha256(features.encode()).hexdigest()[:16],
        "C library": " ".join(platform.libc_ver()),
        **{name: version(name) for name in PACKAGES},
        **{name: os.environ.get(name, "") for name in SETTINGS},
    }


def differences(recorded):
    """What is different here, a line each."""
    here = environment()
    return [
        f"{name}: {recorded.get(name)!r} in the record, {here.get(name)!r} here"
        for name in sorted(here.keys() | recorded.keys()) if here.get(name) != recorded.get(name)
    ]


def digest(run, layouts=None):
    """The digest that a run has on all its layouts.

    Raises
    ------
    AssertionError
        If processes or ranks change it.
    """
    found = {layout: run.digest(layout) for layout in layouts or run.layouts}
    assert len(set(found.values())) == 1, f"the layout changes the weights: {found}"
    return next(iter(found.values()))


def read(path=RECORD):
    return json.loads(Path(path).read_text())


def write(path):
    hashes = {name: digest(run) for name, run in sorted(RUNS.items())}
    text = json.dumps({"environment": environment(), "sha256": hashes}, indent=1)
    Path(path).write_text(f"{text}\n")
    return [f"{len(hashes)} runs recorded in {path}"]


def compare(path, only):
    """The lines to show, and whether every hash is the recorded one."""
    record = read(path)
    different = differences(record["environment"])
    if different:
        return ["nothing compared, for the record is from another environment:", *different], True
    names = [name for name in sorted(RUNS.keys() | record["sha256"].keys()) if only in name]
    changed = [
        f"differs: {name}" for name in names
        if name not in RUNS or digest(RUNS[name]) != record["sha256"].get(name)
    ]
    return [*changed, f"{len(names) - len(changed)} of {len(names)} runs as recorded"], not changed


def main():
    parser = argparse.ArgumentParser(prog="weights_record", description=__doc__.split("\n")[0])
    task = parser.add_mutually_exclusive_group(required=True)
    task.add_argument("--write", metavar="FILE")
    task.add_argument("--compare", metavar="FILE")
    parser.add_argument("--only", metavar="TEXT", default="", help="runs with TEXT in their name")
    asked, began, good = parser.parse_args(), time.perf_counter(), True
    if asked.write:
        lines = write(asked.write)
    else:
        lines, good = compare(asked.compare, asked.only)
    for line in (*lines, f"{time.perf_counter() - began:.1f} seconds"):
        sys.stdout.write(f"{line}\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
