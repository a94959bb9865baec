"""A process of one library: reads orders on standard input, answers on standard output.

Libraries disturb each other's threads in one process, so each has its own, with its
threads limited and its processor chosen before it is imported.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from typing import Any

from bench.workloads import Workload

LONG_ENOUGH = 0.5


def main() -> None:
    module, option, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    cpus = sorted(os.sched_getaffinity(0))
    if threads == 1:
        # The last processor: the process that gives the orders tends to be on the first.
        os.sched_setaffinity(0, cpus[-1:])
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # Whatever a library prints must not look like an answer.
    os.dup2(2, 1)

    def answer(**what: Any) -> None:
        print(json.dumps(what), file=answers)

    try:
        library = importlib.import_module(f"bench.peers.{module}")
    except ImportError as error:
        answer(missing=f"{error.name or module} is not installed")
        return
    answer(versions=library.versions())
    peer = None
    try:
        for line in sys.stdin:
            order = json.loads(line)
            if order["do"] == "prepare":
                if peer is not None:
                    peer.close()
                peer = None
                gc.collect()
                given = order["work"]
                work = Workload(**given | {"layer_sizes": tuple(given["layer_sizes"])})
                try:
                    peer = library.make(work, option, threads or len(cpus))
                    # What is compiled at the first call belongs to no turn.
                    answer(loss=peer.epoch() if order["warm"] else None)
                except Exception as error:
                    first = str(error).strip().splitlines() or [""]
                    answer(missing=f"{type(error).__name__}: {first[0][:150]}")
                    peer = None
            elif order["do"] == "turn":
                seconds, loss = [], 0.0
                # Many epochs make a turn long enough to measure; one slow epoch is that alone.
                while len(seconds) < order["epochs"] and sum(seconds) < LONG_ENOUGH:
                    started = time.perf_counter()
                    loss = peer.epoch()
                    seconds.append(time.perf_counter() - started)
                answer(seconds=seconds, loss=loss)
            elif order["do"] == "accuracy":
                from bench.fashion_mnist import test_rows

                answer(accuracy=peer.accuracy(*test_rows()))
    finally:
        if peer is not None:
            peer.close()


if __name__ == "__main__":
    main()
