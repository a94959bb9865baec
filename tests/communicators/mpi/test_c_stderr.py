"""What C code writes to standard error is dropped for a while; what Python writes is not."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import ctypes, sys
from fastavg.communicators.mpi.c_stderr import LibraryOutput
c, output = ctypes.CDLL(None), LibraryOutput()
c.perror(b"before")
output.silence()
c.perror(b"within")
print("python", file=sys.stderr, flush=True)
output.restore()
c.perror(b"after")
"""


def test_c_code_is_silent_between_the_calls():
    ended = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60
    )
    first = [line.partition(":")[0] for line in ended.stderr.splitlines()]
    assert first == ["before", "python", "after"]
