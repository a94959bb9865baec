"""A checkpoint as a file: every value comes back, and what is no checkpoint is refused."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError, DataError, FileDamaged
from fastavg.models.model import Model
from fastavg.models.tensor_file import pack, unpack
from fastavg.networks.network import Network
from fastavg.training.checkpoints.file import (
    Checkpoint,
    check_identity,
    differences,
    from_bytes,
    identity,
    load_checkpoint,
    to_bytes,
)
from fastavg.training.checkpoints.state import State
from fastavg.training.observers.history import RoundRecord
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


def make_run(**changes):
    plan = small_plan(**changes)
    return Run(NETWORK, plan, data_for(NETWORK, 20, plan.dtype), first_weights(NETWORK, plan))


def make_checkpoint(dtype="float32", finished=False):
    random = np.random.default_rng(0)
    record = RoundRecord(0, 0.5, math.inf, 10.0, 3, 0.1, 0.2, 0.3, 0.4)
    listeners = {
        "Watch-0": {"best": math.inf, "losses": [1.0, 0.5], "weights": np.arange(3, dtype="f4")},
        "History-0": {"records": [record]},
    }
    state = State(
        3, random.normal(size=(2, 7)).astype(dtype), random.normal(size=(1, 7)).astype(dtype),
        random.normal(size=(4, 1, 7)).astype(dtype), listeners,
    )
    return Checkpoint(state, identity(make_run(dtype=dtype), LocalCommunicator()), finished)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("finished", [False, True])
def test_every_value_comes_back(dtype, finished, tmp_path):
    written = make_checkpoint(dtype, finished)
    path = tmp_path / "run"
    path.write_bytes(to_bytes(written))
    for found in (load_checkpoint(path), from_bytes(path.read_bytes(), "somewhere")):
        assert (found.identity, found.finished) == (written.identity, finished)
        assert found.state.rounds == 3
        for name in ("center", "rule", "own"):
            ours, theirs = getattr(found.state, name), getattr(written.state, name)
            assert (ours.dtype, ours.tobytes()) == (theirs.dtype, theirs.tobytes())
        watch = found.state.listeners["Watch-0"]
        assert (watch["best"], watch["losses"]) == (math.inf, [1.0, 0.5])
        assert watch["weights"].dtype == "f4"
        assert watch["weights"].tolist() == [0, 1, 2]
        (record,) = found.state.listeners["History-0"]["records"]
        assert record["loss"] == math.inf


def test_a_changed_byte_anywhere_is_found(tmp_path):
    data = to_bytes(make_checkpoint())
    path = tmp_path / "run"
    for at in range(0, len(data), 97):
        damaged = bytearray(data)
        damaged[at] ^= 1
        path.write_bytes(damaged)
        with pytest.raises((FileDamaged, DataError), match="run"):
            load_checkpoint(path)


def test_a_model_is_no_checkpoint(tmp_path):
    network = Network((2, 3))
    path = tmp_path / "a.model"
    Model(network, network.initial_weights(0), np.arange(3)).save(path)
    with pytest.raises(DataError, match="is no checkpoint"):
        load_checkpoint(path)


def test_another_format_is_named():
    tensors, meaning = unpack(to_bytes(make_checkpoint()), "run")
    data = pack(tensors, {**meaning, "checkpoint": 99, "fastavg": "9.9"})
    with pytest.raises(DataError, match=r"format 99 of fastavg 9\.9; this one reads format 2"):
        from_bytes(data, "run")


@pytest.mark.parametrize("name", ["rounds", "listeners", "identity", "finished"])
def test_a_missing_entry_is_damage(name):
    tensors, meaning = unpack(to_bytes(make_checkpoint()), "run")
    del meaning[name]
    with pytest.raises(FileDamaged, match="run holds no checkpoint"):
        from_bytes(pack(tensors, meaning), "run")


def test_an_identity_is_plain_json_and_the_same_for_the_same_run():
    found = identity(make_run(), LocalCommunicator())
    assert json.loads(json.dumps(found)) == found == identity(make_run(), LocalCommunicator())
    assert found["rows"]["number"] == 20


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda run: replace(run, plan=replace(run.plan, epochs=99)),
         r"plan.epochs is .* 99.* here; --start-from MODEL, in Python train\(load\(MODEL\), .*r$"),
        (lambda run: replace(run, plan=replace(run.plan, seed=8)), "plan.seed is 3 .* 8 here"),
        (lambda run: replace(run, network=Network((5, 8, 3), "tanh")), "network.layer_sizes"),
        (lambda run: replace(run, rows=run.rows.take(np.arange(19))), "rows.number is 20"),
        (lambda run: replace(run, rows=replace(run.rows, Y=run.rows.Y[::-1])), "rows.sha256"),
    ],
)
def test_another_run_is_refused_by_field(change, said):
    run = make_run()
    checkpoint = Checkpoint(make_checkpoint().state, identity(run, LocalCommunicator()))
    check_identity(checkpoint, identity(run, LocalCommunicator()), "a")
    with pytest.raises(ConfigError, match=f"a belongs to another run: .*{said}"):
        check_identity(checkpoint, identity(change(run), LocalCommunicator()), "a")


def test_differences_name_every_field_and_shorten_long_values():
    found = differences({"a": {"b": 1, "c": "x" * 50}, "d": 0}, {"a": {"b": 2, "c": "y"}, "d": 0})
    assert found == ["a.b is 1 there and 2 here", f"a.c is {'x' * 12}... there and y here"]
    assert differences({"a": 1}, {}) == ["a is 1 there and None here"]
