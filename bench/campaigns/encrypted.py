"""The exact mean by encrypted connections against MPI over TCP, on the same line.

    python bench/campaigns/encrypted.py [weights]      (needs the right to make network namespaces)

Two network namespaces stand in for two hosts (tests/communicators/hosts.py).  MPI, which is
not encrypted, and the encrypted connections take turns in the same two processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def between_hosts(weights, repeats=11):
    """The record of one size."""
    sys.path.insert(0, str(ROOT))
    from tests.communicators.hosts import TCP_ONLY, arguments, two_hosts

    with tempfile.TemporaryDirectory() as folder, two_hosts() as hosts:
        done = subprocess.run(
            ["ip", "netns", "exec", hosts[0].namespace,
             Path(sys.executable).parent / "mpiexec", *arguments(hosts, folder),
             sys.executable, ROOT / "bench" / "campaigns" / "allreduce.py",
             "--repeats", str(repeats), "--weights", str(weights),
             "--encrypted", f"{hosts[0].address}:29400"],
            check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **TCP_ONLY},
        )
    record = json.loads(done.stdout)
    record["encrypted_to_mpi"] = record["seconds"]["encrypted"] / record["seconds"]["exact"]
    return record


if __name__ == "__main__":
    for size in map(int, sys.argv[1:] or ["10000000"]):
        sys.stdout.write(json.dumps(between_hosts(size)) + "\n")
