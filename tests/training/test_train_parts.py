"""Training on parts: one SHA-256 for any number of ranks, and what cannot be."""

from __future__ import annotations

import itertools
import tempfile
from dataclasses import replace

import numpy as np
import pytest

from fastavg import (
    SGD,
    ConfigError,
    ConjugateGradient,
    DataError,
    Execution,
    Network,
    Partitions,
    Plan,
    Regularization,
    Stopping,
    train_parts,
)
from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts import scratch_stream
from fastavg.data.parts.opened_parts import open_parts
from fastavg.training.observers.events import RoundFinished, Validated, WorkerReplaced
from tests.communicators.ranks import on_ranks
from tests.data.parts.sources import FEATURES, rows, write_parquet
from tests.training.runs import Recorder

NETWORK = Network((FEATURES, 6, 3), "tanh", "softmax")
PLAN = Plan(workers=4, epochs=2, average_every=0.5, batch_size=4, sampling="partitions", seed=3)
X, Y = rows()
PARTS = [(X[start:stop], Y[start:stop]) for start, stop in ((0, 30), (30, 41), (41, 90), (90, 103))]


def weights_on(size, plan=PLAN, **options):
    def one(ranks):
        held = workers_of(ranks.rank, ranks.size, plan.workers)
        return train_parts(
            NETWORK, [PARTS[part] for part in held], plan, scale="standard",
            execution=Execution(1, ranks), **options,
        ).weights.tobytes()

    return on_ranks(size, one)


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}], ids=["plain", "balanced"])
def test_the_same_bits_on_any_number_of_ranks(options):
    expected = weights_on(1, **options)
    for size in (2, 3, 4, 5):
        assert weights_on(size, **options) == expected * size


@pytest.mark.parametrize("processes", [2])
def test_the_same_bits_with_processes(processes):
    model = train_parts(
        NETWORK, PARTS, PLAN, scale="standard",
        execution=Execution(processes, LocalCommunicator()),
    )
    assert [model.weights.tobytes()] == weights_on(1)
    assert model.classes.tolist() == [0, 1, 2]
    assert model.predict(X).shape == (103,)


class Interrupt:
    """Breaks training off in its third round."""

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round == 2:
            raise KeyboardInterrupt


def test_a_checkpoint_goes_on_with_any_number_of_ranks(tmp_path):
    def held(ranks):
        return [PARTS[part] for part in workers_of(ranks.rank, ranks.size, 4)]

    path = tmp_path / "state"
    first = Execution(1, LocalCommunicator(), path, 1, observers=(Interrupt(),), block_seconds=0)
    with pytest.raises(KeyboardInterrupt):
        train_parts(NETWORK, PARTS, PLAN, scale="standard", execution=first)

    def go_on(ranks):
        execution = Execution(1, ranks, resume=path)
        model = train_parts(NETWORK, held(ranks), PLAN, scale="standard", execution=execution)
        return model.weights.tobytes()

    assert on_ranks(3, go_on) == weights_on(1) * 3


def test_files_are_parts_too(tmp_path):
    source = open_parts(write_parquet(tmp_path / "a.parquet", X, Y), "y", None, 4)
    ends = np.cumsum((0, *source.sizes))
    arrays = [(X[a:b], Y[a:b]) for a, b in itertools.pairwise(ends)]
    models = [
        train_parts(NETWORK, parts, PLAN, scale="auto", execution=Execution(1))
        for parts in (source, arrays)
    ]
    assert models[0].weights.tobytes() == models[1].weights.tobytes()
    assert models[0].feature_names == source.names


WINDOWS = replace(PLAN, workers=2, sampling=Partitions(window=16))


def streamed(folder, rows_from, processes=1, plan=WINDOWS, execution=None, **options):
    weights = options.pop("weights", None)
    file = folder / ("weighted.parquet" if weights else "plain.parquet")
    source = open_parts(file, "y", weights, plan.workers)
    return train_parts(
        NETWORK, source, plan, scale="standard", rows_from=rows_from,
        execution=execution or Execution(processes, LocalCommunicator()), **options,
    ).weights.tobytes()


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    write_parquet(folder / "plain.parquet", X, Y, group=20)
    write_parquet(folder / "weighted.parquet", X, Y, group=20, w=np.arange(103) % 3 + 0.5)
    return folder


@pytest.mark.parametrize("options", [
    {}, {"class_weight": "balanced", "weights": "w"},
    {"plan": replace(WINDOWS, solver=SGD(0.1), regularization=Regularization(dropout=0.2))},
    {"plan": replace(WINDOWS, epochs=1)},
], ids=["adam", "weights", "dropout", "one epoch"])
def test_rows_on_disk_give_the_bits_of_rows_in_memory(options, table):
    expected = streamed(table, "memory", **options)
    assert streamed(table, "disk", **options) == expected
    assert streamed(table, "disk", processes=2, **options) == expected


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.own_fork_server
def test_a_process_that_is_killed_reads_its_window_again(table, tmp_path, monkeypatch):
    expected, seen = streamed(table, "disk"), Recorder()
    monkeypatch.setenv("FASTAVG_FAILPOINT_LISTENER", "tests.training.faulty:die_once")
    monkeypatch.setenv("FASTAVG_TEST_DEATHS", str(tmp_path / "deaths"))
    execution = Execution(2, LocalCommunicator(), observers=(seen,))
    assert streamed(table, "disk", execution=execution) == expected
    assert len(seen.of(WorkerReplaced)) == 1


class Cut:
    """Shortens a file after the first round."""

    def __init__(self, path):
        self.path = path

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round == 0:
            self.path.write_bytes(self.path.read_bytes()[:-100])


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize("processes", [1, 2])
def test_rows_that_a_process_cannot_read_are_an_error_of_the_data(
    processes, tmp_path, monkeypatch
):
    # Where the folder for temporary files is memory, the files themselves are read in training.
    kind = scratch_stream._file_system(tempfile.gettempdir())
    monkeypatch.setattr(scratch_stream, "IN_MEMORY", (kind,))
    write_parquet(tmp_path / "plain.parquet", X, Y, group=20)
    execution = Execution(
        processes, LocalCommunicator(), observers=(Cut(tmp_path / "plain.parquet"),),
        block_seconds=0,
    )
    plan = replace(WINDOWS, epochs=1, average_every=0.25, sampling=Partitions(window=8))
    with pytest.raises(DataError) as said:
        streamed(tmp_path, "disk", plan=plan, execution=execution)
    assert str(said.value) == f"{tmp_path}/plain.parquet has changed since training began"
    assert said.value.exit_code == 3


def test_a_file_that_is_gone_after_the_first_epoch_is_not_missed(table, tmp_path):
    write_parquet(tmp_path / "plain.parquet", X, Y, group=20)
    execution = Execution(
        1, LocalCommunicator(), observers=(Cut(tmp_path / "plain.parquet"),), block_seconds=0
    )
    assert streamed(tmp_path, "disk", execution=execution) == streamed(table, "memory")


def test_a_window_is_chosen_by_the_bytes_of_a_row(table, monkeypatch):
    monkeypatch.setattr("fastavg.training.train_parts.WINDOW_BYTES", 16 * 4 * FEATURES)
    plain = replace(WINDOWS, sampling=Partitions())
    assert streamed(table, "disk", plan=plain) == streamed(table, "memory")


def test_windows_are_an_order_of_their_own(table):
    plain = replace(WINDOWS, sampling=Partitions())
    assert streamed(table, "memory") != streamed(table, "memory", plan=plain)


def test_a_checkpoint_of_rows_in_memory_goes_on_from_disk(table, tmp_path):
    path = tmp_path / "state"
    first = Execution(1, LocalCommunicator(), path, 1, observers=(Interrupt(),), block_seconds=0)
    with pytest.raises(KeyboardInterrupt):
        streamed(table, "memory", execution=first)
    second = Execution(1, LocalCommunicator(), resume=path)
    assert streamed(table, "disk", execution=second) == streamed(table, "memory")


@pytest.mark.parametrize(("plan", "said"), [
    ({"algorithm": "gradient-averaging"}, "rows stay on disk and algorithm is GradientAveraging"),
    ({"solver": ConjugateGradient(), "batch_size": 0}, "the solver is ConjugateGradient, which"),
])
def test_what_needs_rows_in_memory_is_refused(plan, said, table):
    with pytest.raises(ConfigError, match=said):
        streamed(table, "disk", plan=replace(WINDOWS, **plan))


def test_arrays_are_in_memory_already():
    with pytest.raises(ConfigError, match="rows_from is disk, and these rows are in memory"):
        train_parts(NETWORK, PARTS[:2], WINDOWS, rows_from="disk")
    with pytest.raises(ConfigError, match="rows_from is 'tape'; it must be memory or disk"):
        train_parts(NETWORK, PARTS[:2], WINDOWS, rows_from="tape")


EARLY = replace(PLAN, epochs=12, stopping=Stopping(early=True, patience=2, validation_size=0.3))


@pytest.mark.parametrize("options", [{}, {"class_weight": "balanced"}], ids=["plain", "balanced"])
def test_early_stopping_is_the_same_on_any_number_of_ranks(options):
    expected = weights_on(1, EARLY, **options)
    for size in (2, 3, 5):
        assert weights_on(size, EARLY, **options) == expected * size


def test_the_model_has_the_weights_of_the_best_epoch():
    seen = Recorder()
    model = train_parts(
        NETWORK, PARTS, EARLY, scale="standard",
        execution=Execution(1, LocalCommunicator(), observers=(seen,)),
    )
    scores = [event.score for event in seen.of(Validated)]
    assert len(scores) >= 3
    best = int(np.argmax(scores))
    assert len(scores) <= best + 1 + 3
    shorter = replace(EARLY, epochs=best + 1, stopping=replace(EARLY.stopping, patience=100))
    again = train_parts(NETWORK, PARTS, shorter, scale="standard", execution=Execution(1))
    assert model.weights.tobytes() == again.weights.tobytes()


def test_rows_on_disk_are_held_out_too(table):
    plan = replace(WINDOWS, epochs=3, stopping=Stopping(validation_size=0.2))
    expected = streamed(table, "memory", plan=plan)
    assert streamed(table, "disk", plan=plan) == expected
    assert streamed(table, "disk", processes=2, plan=plan) == expected


def test_numbers_are_predicted_in_their_units():
    y = X[:, 0] * 30.0 + 500
    parts = [(X[:50], y[:50]), (X[50:], y[50:])]
    plan = Plan(workers=2, epochs=150, batch_size=8, sampling="partitions")
    network = Network((FEATURES, 8, 1), "tanh", "identity")
    model = train_parts(network, parts, plan, scale="standard", execution=Execution(1))
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize(("plan", "network", "said"), [
    ({"sampling": "shards"}, NETWORK, "sampling is shards, and the rows lie in parts"),
    ({}, Network((FEATURES, 3, 4)), "y holds 3 classes; a network with 4 output units needs 4"),
    ({}, Network((7, 3, 3)), "X has 5 columns; the network takes 7"),
    ({"stopping": Stopping(early=True, metric="f1_macro")}, NETWORK, "metric is 'f1_macro', which"),
    ({"stopping": Stopping(early=True, combine="greedy")}, NETWORK, "combine is greedy and needs"),
    ({"stopping": Stopping(validation_size=0.001)}, NETWORK, "leaves 0 to validate on"),
    ({"workers": 3}, NETWORK, "rank 0 has 4 parts and runs 3 of 3 workers"),
])
def test_what_does_not_fit_is_refused(plan, network, said):
    given = Plan(**{"workers": 4, "sampling": "partitions", **plan})
    with pytest.raises((ConfigError, DataError), match=said):
        train_parts(network, PARTS, given)


def test_an_unknown_class_weight_is_refused():
    with pytest.raises(ConfigError, match="class_weight is 'equal'; it must be balanced"):
        train_parts(NETWORK, PARTS, PLAN, class_weight="equal")
