"""How long first uses take: whole processes whose cache of compiled kernels is empty.

``python -m bench.probes.first_use`` prints one JSON object: of every program the seconds from
its start to its end, the median of three, and the processor seconds of it and its processes.
``python -m bench.probes.first_use iris`` measures one of them.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FIT = """
from sklearn.datasets import load_iris
from fastavg import MLPClassifier
MLPClassifier(random_state=0).fit(*load_iris(return_X_y=True))
"""
PROGRAMS = {
    "iris": [sys.executable, "-W", "ignore", "-c", FIT],
    "iris, fit and predict": [
        sys.executable, "-W", "ignore", "-c", FIT.rstrip() + ".predict([[5.1, 3.5, 1.4, 0.2]])\n",
    ],
    "fastavg train --workers 8": [
        sys.executable, "-m", "fastavg_cli", "train", "--workers", "8", "--epochs", "1", "--quiet",
    ],
}


class Taken(NamedTuple):
    """What a program took.

    Parameters
    ----------
    seconds : float
        By the clock, from its start to its end.
    processor_seconds : float
        Of it and of the processes that it waited for.
    """

    seconds: float
    processor_seconds: float


def first_use(program: list[str]) -> Taken:
    """Run a program with an empty cache.

    Parameters
    ----------
    program : list of str
        The command and its arguments.
    """
    with tempfile.TemporaryDirectory() as cache:
        before, began = _children(), time.perf_counter()
        subprocess.run(
            program, cwd=ROOT, env={**os.environ, "FASTAVG_CACHE_DIR": cache}, check=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
        )
        return Taken(time.perf_counter() - began, _children() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def medians(names: Iterable[str] = PROGRAMS, turns: int = 3) -> dict[str, Taken]:
    """Programs one after the other, and again; the medians of each.

    Parameters
    ----------
    names : iterable of str, default PROGRAMS
        Keys of ``PROGRAMS``.
    turns : int, default 3
        How often each is run.
    """
    taken: dict[str, list[Taken]] = {name: [] for name in names}
    for _ in range(turns):
        for name, several in taken.items():
            several.append(first_use(PROGRAMS[name]))
    return {
        name: Taken(*(round(median(each), 2) for each in zip(*several, strict=True)))
        for name, several in taken.items()
    }


if __name__ == "__main__":
    found = medians(sys.argv[1:] or PROGRAMS)
    print(json.dumps({name: taken._asdict() for name, taken in found.items()}))
