"""Programs of a user, run for the tests of promises in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).with_name("fastavg"))
# Small enough for a second, with two processes so that children are started.
FAST = ("--workers", "2", "--processes", "2", "--epochs", "1", "--hidden", "8", "--quiet")
FIT = """
import numpy as np
from fastavg import MLPClassifier
X = np.random.default_rng(0).normal(size=(60, 3))
model = MLPClassifier((4,), workers=2, processes=2, max_iter=2, random_state=0)
model.fit(X, X[:, 0] > 0)
import hashlib
print("weights", hashlib.sha256(model.weights_.tobytes()).hexdigest())
"""


class Ended(NamedTuple):
    """How a program ended."""

    code: int
    out: str
    err: str


def run(*command, folder=None, text=True, seconds=110, **environment):
    """How a program ends, with these variables in its environment; None takes one away."""
    variables = {**os.environ, **environment}
    done = subprocess.run(
        [*map(str, command)], cwd=folder, capture_output=True, text=text, timeout=seconds,
        stdin=subprocess.DEVNULL,
        env={name: value for name, value in variables.items() if value is not None},
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def shell(script, *arguments, folder=None, **environment):
    """How a shell script ends; $FASTAVG and $PYTHON are the command and the interpreter."""
    return run(
        "bash", "-c", script, "bash", *arguments, folder=folder,
        **{"FASTAVG": COMMAND, "PYTHON": sys.executable, **environment},
    )


def python(code, *arguments, folder=None, **environment):
    """How a program of that text ends."""
    return run(
        sys.executable, "-W", "ignore", "-c", code, *arguments, folder=folder, **environment
    )


def weights(ended):
    """What a program that ran :data:`FIT` says of its weights."""
    assert ended.code == 0, ended.err
    found = [line for line in ended.out.splitlines() if line.startswith("weights ")]
    assert len(found) == 1, ended.out
    return found[0]
