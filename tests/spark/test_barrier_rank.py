"""Rows of a task, and what the ends of all tasks mean."""

from __future__ import annotations

import json
import socket

import numpy as np
import pyarrow as pa
import pytest

from fastavg.communicators import RunKey
from fastavg.engines.contract import Job
from fastavg.engines.rank_entry import prepare
from fastavg.errors import ConfigError, DataError, RankLost
from fastavg.spark.barrier_rank import (
    RESULT,
    RowForm,
    barrier_task,
    in_order,
    outcome,
    part_of,
    reports_of,
    room_of_task,
)
from fastavg.version import VERSION


def batch(X, order, y=None):
    return pa.RecordBatch.from_pydict({
        "X": pa.array(X, pa.list_(pa.float64())), "y": y or [0.0] * len(X),
        "order": pa.array(order, pa.int64()),
    })


def test_batches_are_one_part():
    found = part_of([batch([[1, 2], [3, 4]], [5, 3]), batch([[5, 6]], [4])], RowForm(2, "float32"))
    assert found.X.dtype == "f4"
    assert found.X.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.order.tolist() == [5, 3, 4]
    assert found.weights is None


def test_a_task_may_have_no_rows():
    found = part_of([], RowForm(3, "float64"))
    assert found.X.shape == (0, 3)
    assert found.order.dtype == np.int64


def test_rows_of_other_lengths_and_missing_numbers_are_named_by_row_and_partition():
    form = RowForm(2, "float64", names={"X": "features_col 'pixels'", "y": "label_col 'digit'"})
    second = 2**33
    for said, made in {
        "features_col 'pixels' has 1 numbers in row 1 of partition 0, and 2 in the first row":
            batch([[1, 2], [3]], [0, 1]),
        "features_col 'pixels' has no number 1 in row 7 of partition 1; each row needs all of them":
            batch([[1, 2], [3, None]], [second, second + 7]),
        "features_col 'pixels' is missing in row 0 of partition 0; each row needs it":
            batch([None, [3, 4]], [0, 1]),
        "label_col 'digit' is missing in row 5 of partition 1; each row needs it":
            batch([[1, 2]], [second + 5], [None]),
    }.items():
        with pytest.raises(DataError) as error:
            part_of([made], form)
        assert str(error.value).startswith(said)
    with pytest.raises(DataError, match="y is missing in row 0 of partition 0"):
        part_of([batch([[1, 2]], [0], [None])], RowForm(2, "float64"))


def test_a_task_that_cannot_read_its_rows_ends_all():
    good = prepare(Job("a", RunKey(b""), None, 1), 0, "node:1", "node")._asdict()
    said = [json.loads(json.dumps(good)), {"kind": "DataError", "text": "no"}]
    with pytest.raises(DataError, match=r"^no$"):
        reports_of(said)
    with pytest.raises(ValueError, match=r"^KeyError: no$"):
        reports_of([{"kind": "KeyError", "text": "no"}, *said])
    (report,) = reports_of(said[:1])
    assert (report.worker, report.versions[0]) == ("node:1", f"fastavg {VERSION}")


def end(rank, kind="done", **more):
    return {**dict.fromkeys(RESULT.names), "rank": rank, "kind": kind, **more}


def test_the_outcome_is_rank_0s():
    ends = [end(1), end(0, model=b"content", curves="{}")]
    assert outcome(ends)["model"] == b"content"


@pytest.mark.parametrize(("kind", "raises", "said"), [
    ("DataError", DataError, "no"), ("ConfigError", ConfigError, "no"),
    ("ValueError", ValueError, "no"), ("KeyError", ValueError, "KeyError: no"),
])
def test_an_error_counts_more_than_what_others_heard_of_it(kind, raises, said):
    heard = end(0, "RankLost", text="rank 1 failed", lost=1, host="node")
    with pytest.raises(raises) as error:
        outcome([heard, end(1, kind, text="no")])
    assert str(error.value) == said


def test_a_loss_that_all_heard_of():
    with pytest.raises(RankLost) as lost:
        outcome([end(0, "RankLost", text="rank 1 has died", lost=1, host="node")])
    assert (str(lost.value), lost.value.rank, lost.value.host) == ("rank 1 has died", 1, "node")


def test_a_task_is_a_function_of_batches():
    assert callable(barrier_task(None, RowForm(2, "float64", 3)))


def test_own_rows_are_in_the_order_of_the_data_frame():
    batches = [batch([[1, 2], [3, 4]], [5, 3], [0.5, 0.3]), batch([[5, 6]], [4])]
    own = in_order(part_of(batches, RowForm(2, "float32")), 9)
    assert own.n_rows == 9
    assert own.pieces[0].X.tolist() == [[3, 4], [5, 6], [1, 2]]
    assert own.pieces[0].y.tolist() == [0.3, 0.0, 0.5]
    assert own.pieces[0].weights is None


def test_a_task_says_how_much_memory_its_machine_has():
    ((row,),) = [found.to_pylist() for found in room_of_task([])]
    assert row["host"] == socket.gethostname()
    assert row["memory"] > 10**6
