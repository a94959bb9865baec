"""The mean between ranks on two hosts whose cable delays what it carries.

    python bench/campaigns/delays.py            (needs the right to make network namespaces)

Two network namespaces stand in for the hosts (tests/communicators/hosts.py); ranks
talk over TCP alone.  Both hosts share this machine's cores and its memory, so the
bandwidth is that of its loopback; the delay is real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
DELAYS_MS = (0.5, 2, 10)
WEIGHTS = (10_000, 100_000, 1_000_000, 10_000_000)


def sweep(repeats=5):
    """One record for each delay, number of ranks and size."""
    sys.path.insert(0, str(ROOT))
    from tests.communicators.hosts import TCP_ONLY, arguments, two_hosts

    found = []
    for delay in (0, *DELAYS_MS):
        for each in (1, 2):
            with tempfile.TemporaryDirectory() as folder, two_hosts(delay_ms=delay) as hosts:
                done = subprocess.run(
                    ["ip", "netns", "exec", hosts[0].namespace,
                     Path(sys.executable).parent / "mpiexec", *arguments(hosts, folder, each),
                     sys.executable, ROOT / "bench" / "campaigns" / "allreduce.py",
                     "--repeats", str(repeats), "--weights", *map(str, WEIGHTS)],
                    check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, **TCP_ONLY},
                )
            found += [
                {**json.loads(line), "delay": delay / 1000} for line in done.stdout.splitlines()
            ]
    return found


if __name__ == "__main__":
    for record in sweep():
        sys.stdout.write(json.dumps(record) + "\n")
