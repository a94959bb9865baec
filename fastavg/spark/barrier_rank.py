"""What a task of a barrier stage does: read its rows, report itself, be a rank.

It never raises: an error is its result, so that Spark does not start the stage again.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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
# Spark's numbers of rows: the partition above, the place in it below.
PLACE_BITS = 33
CURVES = (
    "loss_curve_", "n_iter_", "validation_scores_", "validation_loss_curve_",
    "best_validation_score_",
)


class RowForm(NamedTuple):
    """What the rows of all tasks are.

    Attributes
    ----------
    n_features : int
        Numbers in each row of X.
    dtype : str
        Of X.
    n_rows : int
        Rows of all tasks.
    names : mapping of str to str
        What messages call the columns ``X``, ``y``, ``weights`` and ``held``.
    """

    n_features: int
    dtype: str
    n_rows: int = 0
    names: Mapping[str, str] = {}


def barrier_task(
    job: Job, form: RowForm
) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function that every task of the stage runs.

    Parameters
    ----------
    job : Job
        The fit.
    form : RowForm
        What the rows of all tasks are.

    Returns
    -------
    callable
        From record batches of rows to one record batch: how the rank has ended.
    """

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        def read() -> Part | OwnRows:
            part = part_of(list(batches), form)
            return in_order(part, form.n_rows) if job.own_rows else part

        yield pa.RecordBatch.from_pylist([_rank(job, read)], RESULT)

    return task


def _rank(job: Job, read: Callable[[], Part | OwnRows]) -> dict[str, Any]:
    from pyspark import BarrierTaskContext

    context = BarrierTaskContext.get()
    number = context.partitionId()
    try:
        part, said = _introduced(job, context, read)
        reports = reports_of([json.loads(each) for each in context.allGather(json.dumps(said))])
        check_reports(job, reports, WORKER)
        assert part is not None
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


def _introduced(
    job: Job, context: Any, read: Callable[[], Part | OwnRows]
) -> tuple[Part | OwnRows | None, dict[str, Any]]:
    # The other tasks wait for what this one has to say, also if it cannot be a rank.
    number = context.partitionId()
    try:
        part = read()
        address = context.getTaskInfos()[number].address
        own = prepare(job, number, address, address.rpartition(":")[0])
    except Exception as error:
        return None, {"kind": type(error).__name__, "text": str(error)}
    return part, own._asdict()


def reports_of(said: Sequence[Mapping[str, Any]]) -> list[Report]:
    """The reports of all tasks.

    Parameters
    ----------
    said : sequence of mapping
        Of each task in order: the fields of its report, or ``kind`` and ``text`` of an error.

    Raises
    ------
    Exception
        The error of the first task that has one, on all tasks.
    """
    for each in said:
        if "kind" in each:
            raise _error(each["kind"], each["text"])
    reports = [Report(**each) for each in said]
    return [each._replace(versions=tuple(each.versions)) for each in reports]


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


def part_of(batches: list[pa.RecordBatch], form: RowForm) -> Part:
    """The rows of a task.

    Parameters
    ----------
    batches : list of RecordBatch
        With columns ``X`` (lists of numbers), ``y`` and ``order``, and perhaps ``weights``
        and ``held``.
    form : RowForm
        What they are.

    Returns
    -------
    Part
        Without rows where there are no batches.

    Raises
    ------
    DataError
        If a row has another number of features, or something is missing; names column, row and
        partition of the data frame.
    """
    names = batches[0].schema.names if batches else ["X", "y", "order"]
    columns = {
        name: [_column(name, batch, form) for batch in batches] for name in names
    }
    none = {
        "X": np.zeros((0, form.n_features), form.dtype), "y": np.zeros(0),
        "order": np.zeros(0, np.int64),
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


def _column(name: str, batch: pa.RecordBatch, form: RowForm) -> NDArray[Any]:
    column, called = batch.column(name), form.names.get(name, name)
    if column.null_count:
        row = int(np.flatnonzero(~column.is_valid().to_numpy(zero_copy_only=False))[0])
        raise errors.DataError(f"{called} is missing in {_place(batch, row)}; each row needs it")
    if name != "X":
        found: NDArray[Any] = column.to_numpy(zero_copy_only=False)
        return found
    lengths = np.diff(column.offsets.to_numpy())
    other = np.flatnonzero(lengths != form.n_features)
    if len(other):
        raise errors.DataError(
            f"{called} has {lengths[other[0]]} numbers in {_place(batch, int(other[0]))}, and "
            f"{form.n_features} in the first row; all rows need the same"
        )
    numbers = column.flatten()
    if numbers.null_count:
        at = int(np.flatnonzero(~numbers.is_valid().to_numpy(zero_copy_only=False))[0])
        row, number = divmod(at, form.n_features)
        raise errors.DataError(
            f"{called} has no number {number} in {_place(batch, row)}; each row needs all of them"
        )
    return np.asarray(numbers.to_numpy(zero_copy_only=False), form.dtype).reshape(
        -1, form.n_features
    )


def _place(batch: pa.RecordBatch, row: int) -> str:
    partition, place = divmod(batch.column("order")[row].as_py(), 1 << PLACE_BITS)
    return f"row {place} of partition {partition}"


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
    raise _error(first["kind"], first["text"])


def _error(kind: str, text: str) -> Exception:
    known = {"ConfigError": errors.ConfigError, "DataError": errors.DataError}
    made: type[Exception] = known.get(kind, ValueError)
    return made(text if kind in (*known, "ValueError") else f"{kind}: {text}")
