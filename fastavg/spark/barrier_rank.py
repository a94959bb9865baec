"""What a task of a barrier stage does: read its rows, report itself, be a rank.

It never raises: an error is its result, so that Spark does not start the stage again.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fastavg import errors
from fastavg.data.parts.piece_parts import Piece
from fastavg.engines.contract import Job, Report
from fastavg.engines.part_exchange import OwnRows, Part
from fastavg.engines.rank_entry import be_rank, check_reports, close_door, prepare
from fastavg.errors import RankLost
from fastavg.machine.resources import usable_memory

WORKER = "Spark executor"
RESULT = pa.schema([
    ("rank", pa.int32()), ("kind", pa.string()), ("text", pa.string()), ("lost", pa.int32()),
    ("host", pa.string()), ("model", pa.binary()), ("curves", pa.string()),
])
RESULT_OF_SPARK = (
    "rank int, kind string, text string, lost int, host string, model binary, curves string"
)
ROOM_OF_SPARK = "host string, memory bigint"
CURVES = (
    "loss_curve_", "n_iter_", "validation_scores_", "validation_loss_curve_",
    "best_validation_score_",
)


def barrier_task(
    job: Job, n_features: int, dtype: str, n_rows: int
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that every task of the stage runs.

    Parameters
    ----------
    job : Job
        The fit.
    n_features : int
        Columns of X.
    dtype : str
        Of X.
    n_rows : int
        Rows of all tasks.

    Returns
    -------
    callable
        From record batches of rows to one record batch: how the rank has ended.
    """

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        def read() -> Part | OwnRows:
            part = part_of(list(batches), n_features, dtype)
            return in_order(part, n_rows) if job.own_rows else part

        yield pa.RecordBatch.from_pylist([_rank(job, read)], RESULT)

    return task


def _rank(job: Job, read: Callable[[], Part | OwnRows]) -> dict[str, Any]:
    from pyspark import BarrierTaskContext

    context = BarrierTaskContext.get()
    number = context.partitionId()
    try:
        addresses = [each.address for each in context.getTaskInfos()]
        part = read()
        host = addresses[number].rpartition(":")[0]
        own = prepare(job, number, addresses[number], host)
        reports = [
            Report(**json.loads(said)) for said in context.allGather(json.dumps(own._asdict()))
        ]
        reports = [each._replace(versions=tuple(each.versions)) for each in reports]
        check_reports(job, reports, WORKER)
        fitted = be_rank(job, number, reports, part)
    except Exception as error:
        return {
            "rank": number, "kind": type(error).__name__, "text": str(error),
            "lost": getattr(error, "rank", None), "host": getattr(error, "host", None),
        }
    finally:
        close_door(job.name)
    if fitted is None:
        return {"rank": number, "kind": "done"}
    from fastavg.models.committee import only_network

    curves = {name: getattr(fitted, name, None) for name in CURVES}
    return {
        "rank": number, "kind": "done",
        "model": only_network(fitted.model_, "Spark").to_bytes(),
        "curves": json.dumps(curves, default=float),
    }


def room_of_task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Name of the machine of a task, and the bytes that can still be allocated there.

    Parameters
    ----------
    batches : iterable of RecordBatch
        Read and not used.
    """
    for _ in batches:
        pass
    yield pa.RecordBatch.from_pydict({"host": [socket.gethostname()], "memory": [usable_memory()]})


def part_of(batches: list[pa.RecordBatch], n_features: int, dtype: str) -> Part:
    """The rows of a task.

    Parameters
    ----------
    batches : list of RecordBatch
        With columns ``X`` (lists of numbers), ``y`` and ``order``, and perhaps ``weights``
        and ``held``.
    n_features : int
        Length of the lists.
    dtype : str
        Of their numbers.

    Returns
    -------
    Part
        Without rows where there are no batches.

    Raises
    ------
    DataError
        If a row has another number of features, or something is missing.
    """
    names = batches[0].schema.names if batches else ["X", "y", "order"]
    columns = {
        name: [_column(name, batch.column(name), n_features, dtype) for batch in batches]
        for name in names
    }
    none = {
        "X": np.zeros((0, n_features), dtype), "y": np.zeros(0), "order": np.zeros(0, np.int64),
    }
    return Part(**{
        name: np.concatenate(found) if found else none[name] for name, found in columns.items()
    })


def in_order(part: Part, n_rows: int) -> OwnRows:
    """The rows of a task as those of its own workers, in the order of the data frame.

    Parameters
    ----------
    part : Part
        As they came, with the place of each.
    n_rows : int
        Rows of all tasks.
    """
    assert part.order is not None
    order = np.argsort(part.order, kind="stable")
    X, y, weights, held = (
        None if each is None else each[order] for each in (part.X, part.y, part.weights, part.held)
    )
    return OwnRows([Piece(X, y, weights, held)], n_rows)


def _column(name: str, column: pa.Array, n_features: int, dtype: str) -> NDArray[Any]:
    if column.null_count:
        raise errors.DataError(
            f"{name} is missing in {column.null_count} of {len(column)} rows of a partition; each "
            "row needs it"
        )
    if name != "X":
        found: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return found
    lengths = np.diff(column.offsets.to_numpy())
    if (lengths != n_features).any():
        other = int(lengths[lengths != n_features][0])
        raise errors.DataError(
            f"X has {other} features in a row and {n_features} in the first one; all rows need the "
            "same"
        )
    numbers = column.flatten().to_numpy(zero_copy_only=False)
    return np.asarray(numbers, dtype).reshape(-1, n_features)


def outcome(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What rank 0 has yielded, or the error that a rank had.

    Parameters
    ----------
    rows : list of dict
        Of all ranks.

    Returns
    -------
    dict
        With ``model`` and ``curves``.

    Raises
    ------
    RankLost
        If ranks have only heard of a loss.
    Exception
        What a rank has raised.
    """
    failed = sorted(
        (row for row in rows if row["kind"] != "done"), key=lambda row: row["kind"] == "RankLost"
    )
    if not failed:
        return next(row for row in rows if row["model"] is not None)
    first = failed[0]
    if first["kind"] == "RankLost":
        raise RankLost(first["text"], first["lost"], first["host"] or "")
    known = {"ConfigError": errors.ConfigError, "DataError": errors.DataError}
    kind: type[Exception] = known.get(first["kind"], ValueError)
    said = first["text"] if first["kind"] in (*known, "ValueError") else (
        f"{first['kind']}: {first['text']}"
    )
    raise kind(said)
