"""What a worker of a cluster does for a fit, here in threads of one process."""

from __future__ import annotations

import socket
import warnings
from dataclasses import replace

import numpy as np
import pytest

from fastavg import MLPClassifier
from fastavg.data.parts.piece_parts import Piece
from fastavg.engines.checkpoint_copies import folder
from fastavg.engines.contract import Job
from fastavg.engines.part_exchange import OwnRows, Part
from fastavg.engines.rank_entry import be_rank, check_reports, close_door, prepare, versions
from fastavg.errors import ConfigError, RankLost
from fastavg.version import VERSION
from tests.communicators.tcp.groups import KEY, together
from tests.engines.problem import OPTIONS, digest, local, rows

JOB = Job("a", KEY, MLPClassifier(**OPTIONS), ranks=2, seconds=20.0)


def fits(job, parts):
    """What the ranks return, or their errors."""
    reports = [prepare(job, number, f"worker {number}", "127.0.0.1") for number in range(2)]

    def rank_of(number):
        return lambda: be_rank(job, number, reports, parts[number])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return together([rank_of(0), rank_of(1)], 60)


def test_rank_0_returns_the_estimator_without_its_communicator():
    X, y = rows()
    fitted, nothing = fits(JOB, [Part(X, y)] * 2)
    assert nothing is None
    assert fitted.communicator is None
    assert fitted.get_params() == JOB.estimator.get_params()
    assert digest(fitted.weights_) == local(MLPClassifier, X, y)


def test_parts_of_two_ranks_make_the_whole():
    X, y = rows()
    places = np.random.default_rng(0).permutation(len(X))
    parts = [Part(X[own], y[own], order=own) for own in (places[:300], places[300:])]
    fitted, _ = fits(JOB, parts)
    assert digest(fitted.weights_) == local(MLPClassifier, X, y)


IN_PARTS = {**OPTIONS, "sampling": "partitions"}


def test_rows_of_own_workers_stay():
    X, y = rows()
    job = replace(JOB, estimator=MLPClassifier(**IN_PARTS))
    own = [
        OwnRows([Piece(X[:900], y[:900]), Piece(X[900:1000], y[900:1000])], 2000),
        OwnRows([Piece(X[1000:], y[1000:])], 2000),
    ]
    fitted, nothing = fits(job, own)
    assert nothing is None
    assert digest(fitted.weights_) == local(MLPClassifier, X, y, options=IN_PARTS)


def test_partitions_that_differ_end_all_ranks_with_their_words():
    X, y = rows()
    job = replace(JOB, estimator=MLPClassifier(**IN_PARTS))
    own = [OwnRows([Piece(X[:1000], y[:1000])], 2000),
           OwnRows([Piece(X[1000:, 1:], y[1000:])], 2000)]
    for error in fits(job, own):
        assert "the number of columns of X of a partition is 399, and of the first one 400" in str(
            error
        )


def test_a_rank_that_fails_ends_the_other():
    X, y = rows()
    lost, error = fits(JOB, [Part(X, y), Part(X, y[:-1])])
    assert isinstance(lost, RankLost)
    assert type(error).__name__ in str(lost)


def test_copies_are_kept_for_another_attempt_and_lead_to_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    X, y = rows()
    broken = replace(
        JOB, last=False, estimator=MLPClassifier(**{**OPTIONS, "checkpoint_every": 1})
    )

    def end(epoch):
        if epoch.number == 2 and epoch.estimator().communicator.rank == 1:
            raise KeyError("end")

    ended = fits(
        replace(broken, estimator=MLPClassifier(**OPTIONS, checkpoint_every=1, callbacks=[end])),
        [Part(X, y)] * 2,
    )
    assert [type(each) for each in ended] == [RankLost, KeyError]
    assert len(list(folder("a").iterdir())) == 2
    again = replace(broken, attempt=1, last=True)
    assert prepare(again, 1, "worker 1", "127.0.0.1").rounds >= 1
    fitted, _ = fits(again, [Part(X, y)] * 2)
    assert digest(fitted.weights_) == local(MLPClassifier, X, y)
    assert not folder("a").exists()


def test_a_door_that_nobody_came_through_is_closed():
    host, port = prepare(JOB, 0, "worker", "127.0.0.1").door.split(":")
    close_door("a")
    close_door("a")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)))


def report(**other):
    return prepare(JOB, 1, "w1", "127.0.0.1")._replace(**other)


def test_another_version_is_refused():
    old = ("fastavg 0.0.1", *versions()[1:])
    with pytest.raises(ConfigError) as said:
        check_reports(JOB, [report(), report(versions=old)], "Dask worker")
    assert str(said.value) == (
        f"Dask worker w1 has fastavg 0.0.1, and this program has fastavg {VERSION}; all need the "
        "same"
    )


def test_too_little_memory_of_a_machine_is_refused_with_the_numbers():
    little = report(host="node1", memory=3 * 10**9)
    large = replace(JOB, row_bytes=10**9)
    check_reports(large, [little, little._replace(host="node2")], "Ray actor")
    with pytest.raises(ConfigError) as said:
        check_reports(large, [little, little._replace(worker="w2")], "Ray actor")
    assert str(said.value) == (
        "node1 has 3 GB of memory left, and its 2 ranks on Ray actor w1, w2 need 4 GB for all rows "
        "and their copies; fewer ranks a machine, float32 rows or more memory would do"
    )
    # Each of them has half of the rows then.
    check_reports(
        replace(large, own_rows=True),
        [little, little._replace(worker="w2")], "Ray actor",
    )


def test_too_little_memory_of_a_worker_is_refused_with_the_numbers():
    with pytest.raises(ConfigError) as said:
        check_reports(
            replace(JOB, row_bytes=10**9), [report(limit=10**9, memory=10**11, host="node1")],
            "Dask worker",
        )
    assert str(said.value) == (
        "Dask worker w1 on node1 is granted 1 GB of memory, and rank 0 needs 2 GB for all rows and "
        "their copy; float32 rows or workers with more memory would do"
    )
    parts = replace(JOB, row_bytes=10**9, own_rows=True)
    with pytest.raises(ConfigError) as said:
        check_reports(parts, [report(limit=10**8, memory=10**11)] * 2, "Dask worker")
    assert "rank 0 needs 1 GB for the rows of its own workers and their copy; float32 rows" in str(
        said.value
    )
