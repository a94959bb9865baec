"""Rows of a task, and what the ends of all tasks mean."""

from __future__ import annotations

import socket

import numpy as np
import pyarrow as pa
import pytest

from fastavg.errors import ConfigError, DataError, RankLost
from fastavg.spark.barrier_rank import (
    RESULT,
    barrier_task,
    in_order,
    outcome,
    part_of,
    room_of_task,
)


def batch(X, order, y=None):
    return pa.RecordBatch.from_pydict({
        "X": pa.array(X, pa.list_(pa.float64())), "y": y or [0.0] * len(X),
        "order": pa.array(order, pa.int64()),
    })


def test_batches_are_one_part():
    found = part_of([batch([[1, 2], [3, 4]], [5, 3]), batch([[5, 6]], [4])], 2, "float32")
    assert found.X.dtype == "f4"
    assert found.X.tolist() == [[1, 2], [3, 4], [5, 6]]
    assert found.order.tolist() == [5, 3, 4]
    assert found.weights is None


def test_a_task_may_have_no_rows():
    found = part_of([], 3, "float64")
    assert found.X.shape == (0, 3)
    assert found.order.dtype == np.int64


def test_rows_of_other_lengths_and_missing_numbers_are_refused():
    with pytest.raises(DataError, match="X has 1 features in a row and 2 in the first one"):
        part_of([batch([[1, 2], [3]], [0, 1])], 2, "float64")
    with pytest.raises(DataError, match="y is missing in 1 of 1 rows of a partition"):
        part_of([batch([[1, 2]], [0], [None])], 2, "float64")


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
    assert callable(barrier_task(None, 2, "float64", 3))


def test_own_rows_are_in_the_order_of_the_data_frame():
    batches = [batch([[1, 2], [3, 4]], [5, 3], [0.5, 0.3]), batch([[5, 6]], [4])]
    own = in_order(part_of(batches, 2, "float32"), 9)
    assert own.n_rows == 9
    assert own.pieces[0].X.tolist() == [[3, 4], [5, 6], [1, 2]]
    assert own.pieces[0].y.tolist() == [0.3, 0.0, 0.5]
    assert own.pieces[0].weights is None


def test_a_task_says_how_much_memory_its_machine_has():
    ((row,),) = [found.to_pylist() for found in room_of_task([])]
    assert row["host"] == socket.gethostname()
    assert row["memory"] > 10**6
