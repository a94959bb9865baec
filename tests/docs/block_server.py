"""Runs scripts one after the other, each in a process forked from this one, which has imported
what most of them need.

Reads a JSON object a line from standard input, ``{"script": ..., "folder": ...}``; answers each
with ``{"code": ..., "err": ...}`` when the script has ended.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
from importlib import import_module

NEEDED = (
    "fastavg.estimators", "fastavg.training.train", "sklearn.datasets", "sklearn.model_selection",
    "sklearn.pipeline",
)


def next_script(requests: int, answers: int) -> str | None:
    """The next script, in a process of its own; None in this one, once nobody asks any more."""
    with os.fdopen(requests) as lines, os.fdopen(answers, "w") as said:
        for line in lines:
            request = json.loads(line)
            errors = os.path.join(request["folder"], "stderr")
            child = os.fork()
            if child == 0:
                os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 2)
                os.chdir(request["folder"])
                return str(request["script"])
            _, status = os.waitpid(child, 0)
            with open(errors) as file:
                err = file.read()
            said.write(json.dumps({"code": os.waitstatus_to_exitcode(status), "err": err}) + "\n")
            said.flush()
    return None


if __name__ == "__main__":
    # As for a script, this folder is the first that is searched; it is none of theirs.
    del sys.path[0]
    for name in NEEDED:
        import_module(name)
    pipes = os.dup(0), os.dup(1)
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    script = next_script(*pipes)
    if script is not None:
        sys.argv = [script]
        sys.path.insert(0, os.path.dirname(script))
        runpy.run_path(script, run_name="__main__")
