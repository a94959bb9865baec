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
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

from fastavg.engines.contract import Job, Room
from fastavg.errors import ConfigError, DataError, RankLost
from fastavg.spark.barrier_rank import (
    RESULT_OF_SPARK,
    ROOM_OF_SPARK,
    WORKER,
    RowForm,
    barrier_task,
    outcome,
    room_of_task,
)
from fastavg.spark.read_errors import reading
from fastavg.spark.row_owners import first_orders, rows_of_partitions, to_owners

# Executors of an application that has just begun, or of one that was lost, take a while.
SLOT_SECONDS, LOOK_SECONDS, CANCEL_SECONDS = 30.0, 0.3, 5.0
NO_ROWS = "the data frame has no rows"
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
    names : mapping of str to str
        What messages call the columns but ``order``.
    """

    frame: Any
    dtype: str
    names: Mapping[str, str] = {}


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
        job, frame = replace(job, own_rows=job.in_parts), self._columns.frame
        if job.own_rows:
            # Rows are counted and sent from one copy: Spark may cut the frame otherwise next time.
            frame.persist()
        rows = frame
        try:
            with reading():
                rows = self._sent(job, frame).persist()
                # The stage of the ranks then has nothing before it that could fail.
                count, first = rows.count(), frame.first()
            if job.own_rows:
                frame.unpersist()
            if not count:
                raise DataError(NO_ROWS)
            width = self._width(first)
            job = replace(job, row_bytes=count * self._bytes_of_row(width))
            form = RowForm(width, self._columns.dtype, count, self._columns.names)
            task = barrier_task(job, form)
            result = rows.mapInArrow(task, RESULT_OF_SPARK, barrier=True)
            stage = _Stage(self._context, f"fastavg-{job.name}-{job.attempt}")
            return outcome(stage.rows_of(result))
        finally:
            for kept in (rows, frame):
                kept.unpersist()

    def memory(self, ranks: int) -> list[Room]:
        """The memory of the machines of so many tasks that run at once.

        Parameters
        ----------
        ranks : int
            How many.
        """
        numbers = self._columns.frame.sparkSession.range(0, ranks, 1, ranks)
        result = numbers.mapInArrow(room_of_task, ROOM_OF_SPARK, barrier=True)
        stage = _Stage(self._context, f"fastavg-memory-{uuid.uuid4().hex}")
        return [Room(**row) for row in stage.rows_of(result)]

    def row_bytes(self) -> int:
        """Size of all rows, in bytes; counts them.

        Raises
        ------
        DataError
            If there are none, or a file cannot be read.
        """
        frame = self._columns.frame
        with reading():
            first, count = frame.first(), frame.count()
        if first is None:
            raise DataError(NO_ROWS)
        return int(count) * self._bytes_of_row(self._width(first))

    def _width(self, first: Any) -> int:
        if first["X"] is None:
            called = self._columns.names.get("X", "X")
            raise DataError(f"{called} is missing in the first row; each row needs it")
        return len(first["X"])

    def _bytes_of_row(self, width: int) -> int:
        dtype = self._columns.dtype
        return width * int(dtype[-2:]) // 8 + 8 * (len(self._columns.frame.columns) - 1)

    @staticmethod
    def _sent(job: Job, frame: Any) -> Any:
        if not job.own_rows:
            return frame.repartition(job.ranks)
        lengths = rows_of_partitions(frame)
        if not lengths:
            raise DataError(NO_ROWS)
        return to_owners(frame, first_orders(lengths, int(job.estimator.workers), job.ranks))


class _Stage:
    """The job of the ranks, in a thread; watched by this one."""

    def __init__(self, context: Any, group: str) -> None:
        self._context, self._group = context, group
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
