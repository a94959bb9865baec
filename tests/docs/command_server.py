"""Runs ``fastavg`` commands one after the other in one process, which imports everything once.

Reads a JSON object a line from standard input, ``{"arguments": [...], "folder": ..., "output":
...}``; answers each with ``{"code": ..., "out": ..., "err": ...}``.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys


def main() -> None:
    from fastavg_cli.app import app
    from fastavg_cli.process.exits import run

    requests, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(0, 1)
    for line in requests:
        request = json.loads(line)
        os.chdir(request["folder"])
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = run(app, request["arguments"])
            except SystemExit as end:
                code = end.code
        out.flush()
        text = out.buffer.getvalue().decode()
        if request.get("output"):
            with open(request["output"], "w") as file:
                file.write(text)
        answers.write(json.dumps({"code": code, "out": text, "err": err.getvalue()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    sys.exit(main())
