"""Ranks that are the tasks of a barrier stage of Spark.

.. code-block:: text

    driver                       task of rank 0            other tasks
      |-- stage of N tasks, all at once: rows, the key ------->|
      |                                |<-- allGather: who is who -->|
      |-- watches the stage            |<======== TLS, rows ========>|
      |<- the model -------------------|
"""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

from fastavg.engines.contract import Job
from fastavg.errors import ConfigError, DataError, RankLost
from fastavg.spark.barrier_rank import RESULT_OF_SPARK, WORKER, barrier_task, outcome

# Executors of an application that has just begun, or of one that was lost, take a while.
SLOT_SECONDS, LOOK_SECONDS, CANCEL_SECONDS = 30.0, 0.3, 5.0
# There is one application in a process.
_turn = threading.Lock()


class Columns(NamedTuple):
    """Rows as Spark has them.

    Attributes
    ----------
    frame : pyspark.sql.DataFrame
        With columns ``X`` (arrays of numbers), ``y``, ``order``, and perhaps ``weights`` and
        ``held``.
    dtype : str
        Of X.
    """

    frame: Any
    dtype: str


class SparkEngine:
    """One rank in each task of a barrier stage.

    Parameters
    ----------
    columns : Columns
        All rows.
    """

    worker, asks = WORKER, "num_workers"

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._context = columns.frame.sparkSession.sparkContext

    def queue(self) -> AbstractContextManager[Any]:
        """One fit of an application at a time; see :meth:`Engine.queue`."""
        return _turn

    def slots(self, wanted: int | None) -> int:
        """How many tasks can run at once; waits for executors; see :meth:`Engine.slots`."""
        scala = self._context._jsc.sc()
        profile = scala.resourceProfileManager().defaultResourceProfile()
        deadline = time.monotonic() + SLOT_SECONDS
        while True:
            room = int(scala.maxNumConcurrentTasks(profile))
            if room >= (wanted or 1) or time.monotonic() > deadline:
                return room
            time.sleep(LOOK_SECONDS)

    def run(self, job: Job) -> Any:
        """Train in one barrier stage; see :meth:`Engine.run`."""
        rows = self._columns.frame.repartition(job.ranks).persist()
        try:
            # The stage of the ranks then has nothing before it that could fail.
            count, first = rows.count(), rows.first()
            if not count:
                raise DataError("the data frame has no rows")
            width = len(first["X"])
            dtype = self._columns.dtype
            row_bytes = count * (width * int(dtype[-2:]) // 8 + 8 * (len(rows.columns) - 1))
            task = barrier_task(replace(job, row_bytes=row_bytes), width, dtype)
            result = rows.mapInArrow(task, RESULT_OF_SPARK, barrier=True)
            return outcome(_Stage(self._context, job).rows_of(result))
        finally:
            rows.unpersist()


class _Stage:
    """The job of the ranks, in a thread; watched by this one."""

    def __init__(self, context: Any, job: Job) -> None:
        self._context, self._job = context, job
        self._group = f"fastavg-{job.name}-{job.attempt}"
        self._found: list[dict[str, Any]] = []
        self._error: Exception | None = None

    def rows_of(self, result: Any) -> list[dict[str, Any]]:
        from pyspark import InheritableThread

        thread = InheritableThread(target=self._collect, args=(result,))
        thread.daemon = True
        thread.start()
        while thread.is_alive():
            thread.join(LOOK_SECONDS)
            lost = self._lost()
            if lost is not None:
                # Spark would start the stage again, and wait for a new executor.
                self._context.cancelJobGroup(self._group)
                thread.join(CANCEL_SECONDS)
                raise lost
        if self._error is not None:
            raise self._error
        return self._found

    def _collect(self, result: Any) -> None:
        self._context.setJobGroup(self._group, "fastavg: the ranks of a fit", True)
        try:
            self._found = [row.asDict() for row in result.collect()]
        except Exception as error:
            self._error = error

    def _lost(self) -> Exception | None:
        tracker = self._context.statusTracker()
        for number in tracker.getJobIdsForGroup(self._group):
            job = tracker.getJobInfo(number)
            for stage in job.stageIds if job else ():
                info = tracker.getStageInfo(stage)
                if info and (info.numFailedTasks or info.currentAttemptId):
                    found = self._failed_task(stage)
                    if found is not None:
                        return found
        return None

    def _failed_task(self, stage: int) -> Exception | None:
        tasks = self._context._jsc.sc().statusStore().taskList(stage, 0, 1_000_000)
        for place in range(tasks.size()):
            task = tasks.apply(place)
            if str(task.status()) == "FAILED":
                said = task.errorMessage()
                text = str(said.get()) if said.isDefined() else "no reason known"
                rank, host = int(task.index()), str(task.host())
                return ended(rank, host, f"{WORKER} {task.executorId()}", text)
        return None


def ended(rank: int, host: str, executor: str, text: str) -> Exception:
    """What a failed task means: a lost rank, or a Python that cannot be one.

    Parameters
    ----------
    rank : int
        Number of the task.
    host : str
        Of its machine.
    executor : str
        What it ran on.
    text : str
        What Spark says of it.

    Returns
    -------
    RankLost or ConfigError
        In one sentence.

    Examples
    --------
    >>> str(ended(1, "node2", "Spark executor 0", "ExecutorLostFailure (exit code 137)"))
    'rank 1 is lost: its Spark executor 0 on node2 has ended (ExecutorLostFailure (exit code 137))'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if "Traceback (most recent call last):" not in text:
        return RankLost(
            f"rank {rank} is lost: its {executor} on {host} has ended ({lines[0]})", rank, host
        )
    # A rank catches its own errors: this one is from before.
    other = ("at ", "File ", "^", "~", "SQLSTATE")
    own = [line for line in lines if not line.startswith(other)]
    return ConfigError(f"{executor} on {host} cannot run rank {rank}: {own[-1]}")
