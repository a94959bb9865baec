"""How long a fit on Dask, Ray or Spark takes to end, or to go on, when a worker is killed.

    python bench/campaigns/lost_workers.py dask 10
    python bench/campaigns/lost_workers.py ray 10
    python bench/campaigns/lost_workers.py spark 10        (needs Java)

Each time the process of rank 0 or 1, in turn, kills itself in its tenth epoch; what counts is
the time until the client has an error that names rank, machine and worker.  Then the same
with a restart, whose weights are compared with those of a local fit.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
sys.path.insert(0, ROOT)
# Workers load the callback that strikes.
os.environ["PYTHONPATH"] = ROOT


def lost(cluster, times):
    """The record of fits that end."""
    from tests.engines.conformance import a_lost_worker_is_named

    seconds, said, failed = [], set(), []
    for turn in range(times):
        try:
            found = a_lost_worker_is_named(cluster, turn % 2)
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
        else:
            seconds.append(cluster.seconds)
            said.add(re.sub(r"[0-9a-f]{6,}|[0-9]+", "N", found))
    return {
        "named": len(seconds), "times": times,
        "within_10_seconds": sum(each <= 10 for each in seconds),
        "slowest": max(seconds, default=None), "said": sorted(said), "failed": failed,
    }


def restarted(cluster, times):
    """The record of fits that go on."""
    from tests.engines.conformance import a_fit_that_is_started_again_ends_in_the_same_bits

    seconds, failed = [], []
    for turn in range(times):
        began = time.monotonic()
        try:
            a_fit_that_is_started_again_ends_in_the_same_bits(cluster, turn % 2)
        except Exception as error:
            failed.append(f"{type(error).__name__}: {error}")
        else:
            seconds.append(time.monotonic() - began)
    return {
        "same_bits": len(seconds), "times": times, "slowest": max(seconds, default=None),
        "failed": failed,
    }


def main(engine, times):
    """One record for each kind of end."""
    module = import_module(f"tests.{engine}.on_cluster")
    with module.cluster() as cluster:
        for name, function in (("lost", lost), ("restarted", restarted)):
            record = {"engine": engine, "fault": name, **function(cluster, times)}
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if sys.argv[2:] else 10)
