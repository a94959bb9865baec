"""A round in which nobody has anything to do: what the team itself costs.

``fastavg`` is a round of the team with its average; ``pool`` maps a function that
does nothing over a ``multiprocessing.Pool``, ``joblib`` over joblib's processes.
"""

from __future__ import annotations

from multiprocessing import get_context

from bench.peers.ours import Ours
from bench.workloads import Workload

ROUNDS = 50
WORKERS, PROCESSES = 8, 2


def versions() -> dict[str, str]:
    import joblib

    return {"joblib": joblib.__version__}


def nothing(worker: int) -> int:
    return worker


class EmptyRounds:
    """``rows`` of the work is ignored: a round ends before its first step."""

    def __init__(self, work: Workload, option: str, threads: int) -> None:
        self._option = option
        if option == "fastavg":
            self._ours = Ours(work, f"{WORKERS}/{PROCESSES}/1000000000", 0)
        elif option == "pool":
            self._pool = get_context("forkserver").Pool(PROCESSES)
        else:
            from joblib import Parallel, delayed

            self._parallel = Parallel(n_jobs=PROCESSES).__enter__()
            self._tasks = [delayed(nothing)(worker) for worker in range(WORKERS)]

    def epoch(self) -> float:
        for _ in range(ROUNDS):
            if self._option == "fastavg":
                self._ours.round()
            elif self._option == "pool":
                self._pool.map(nothing, range(WORKERS), chunksize=1)
            else:
                self._parallel(self._tasks)
        return 0.0

    def close(self) -> None:
        if self._option == "fastavg":
            self._ours.close()
        elif self._option == "pool":
            self._pool.terminate()
            self._pool.join()
        else:
            self._parallel.__exit__(None, None, None)


make = EmptyRounds
