"""A run of a plain network, in this process: rows, facts, the model, what is said."""

from __future__ import annotations

import json
import tomllib

import numpy as np
import pytest
from fastavg_cli.commands.results import Results
from fastavg_cli.commands.train_run import run

import fastavg
from fastavg import ConfigError, Diverged


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(5, 3, (60, 4))
    np.savez(tmp_path / "d.npz", X=X, y=(X[:, 0] > 5).astype(int))
    return tmp_path / "d.npz"


SMALL = {
    "epochs": 2, "workers": 2, "network": {"hidden": [6]}, "execution": {"processes": 1},
}


def test_a_run_saves_its_model_and_says_so(data, tmp_path, capsys):
    output = tmp_path / "m.safetensors"
    run({**SMALL, "data": {"file": str(data)}}, None, Results(output, True, True), False)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["event"] for line in lines[:1] + lines[-1:]] == ["started", "finished"]
    assert lines[-1]["model"] == str(output)
    model = fastavg.load(output)
    assert model.scaling is not None
    with np.load(data) as arrays:
        assert model.score(arrays["X"], arrays["y"]) == pytest.approx(
            lines[-1]["accuracy"], abs=0.5
        )


def test_a_printed_configuration_leaves_nothing_open(data, capsys):
    run({**SMALL, "data": {"file": str(data)}}, None, Results(None, False, True), True)
    out = capsys.readouterr().out
    found = tomllib.loads(out)
    assert (found["data"]["scale"], found["data"]["kind"]) == ("standard", "class")
    assert found["network"]["output"] == "softmax"
    assert found["batch_size"] == 8


def test_a_run_that_diverges_leaves_the_weights_before(data, tmp_path):
    output = tmp_path / "m.safetensors"
    given = {
        **SMALL, "epochs": 50, "data": {"file": str(data), "kind": "number"},
        "solver": {"name": "sgd", "learning_rate": 1e6},
    }
    with pytest.raises(Diverged, match="holds the weights before"):
        run(given, None, Results(output, False, True), False)
    assert np.isfinite(fastavg.load(output).weights).all()


@pytest.mark.parametrize("balanced", [False, True])
def test_rows_without_weight_have_no_say(tmp_path, balanced):
    random = np.random.default_rng(1)
    rows = [(a, b, int(a + b > 0)) for a, b in random.normal(size=(60, 2))]
    # As many rows again, all with the wrong label, that must not count.
    wrong = [(a, b, 1 - y) for a, b, y in rows]
    path, output = tmp_path / "t.csv", tmp_path / "m.safetensors"
    path.write_text("a,b,w,y\n" + "".join(
        f"{a},{b},{w},{['no', 'yes'][y]}\n"
        for w, part in ((2, rows), (0, wrong)) for a, b, y in part
    ))
    given = {
        **SMALL, "epochs": 60,
        "data": {
            "file": str(path), "target": "y", "weights": "w",
            "class_weight": "balanced" if balanced else None,
        },
    }
    run(given, None, Results(output, False, True), False)
    model = fastavg.load(output)
    assert model.feature_names == ("a", "b")
    X = np.array([row[:2] for row in rows])
    assert np.mean(model.predict(X) == np.array(["no", "yes"])[[row[2] for row in rows]]) > 0.9


def test_a_learning_rate_from_a_range_test_stands_in_the_configuration(data, capsys):
    given = {**SMALL, "data": {"file": str(data)}, "solver": {"learning_rate": "auto"}}
    printed = []
    for processes in (1, 2):
        options = {**given, "execution": {"processes": processes}}
        run(options, None, Results(None, False, True), True)
        printed.append(tomllib.loads(capsys.readouterr().out)["solver"]["learning_rate"])
    assert printed[0] == printed[1]
    assert isinstance(printed[0], float)


def test_what_auto_stands_for_is_said_and_written_down(data, capsys, tmp_path, monkeypatch):
    from fastavg.planner import short_trainings

    monkeypatch.setattr(short_trainings, "LONG", 0.05)
    given = {
        **SMALL, "workers": "auto", "network": {"hidden": "auto"}, "data": {"file": str(data)},
    }
    run(given, None, Results(json=True, run=tmp_path / "r"), False)
    captured = capsys.readouterr()
    assert "fastavg: workers are 1: measured " in captured.err
    assert "fastavg: hidden layers are 16, by rows, columns and outputs (--hidden 16)" in (
        captured.err
    )
    kept = tomllib.loads((tmp_path / "r" / "config.toml").read_text())
    assert (kept["workers"], kept["network"]["hidden"]) == (1, [16])
    sha = json.loads(captured.out.splitlines()[-1])["weights_sha256"]
    run(kept, None, Results(None, True, True), False)
    again = capsys.readouterr()
    assert json.loads(again.out.splitlines()[-1])["weights_sha256"] == sha
    assert "measured" not in again.err


def test_a_resumed_run_names_its_workers(data, tmp_path):
    given = {**SMALL, "workers": "auto", "data": {"file": str(data)}, "execution": {
        "checkpoint": str(tmp_path / "c"), "resume": "auto",
    }}
    with pytest.raises(ConfigError, match="a run that is resumed keeps its own"):
        run(given, None, Results(None, False, True), False)


def test_members_become_one_file(data, tmp_path, capsys):
    output = tmp_path / "m.safetensors"
    given = {**SMALL, "data": {"file": str(data)}, "table": {"members": 3}}
    run(given, None, Results(output, True, True), False)
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["members"] == 3
    model = fastavg.load(output)
    assert isinstance(model, fastavg.Committee)
    assert model.scaling is not None
    run(given, None, Results(None, False, True), True)
    assert tomllib.loads(capsys.readouterr().out)["table"] == {"members": 3}
    run(given, None, Results(None, False, True), False)
    assert "3, whose predictions are averaged" in capsys.readouterr().out


def test_a_committee_is_not_trained_further(data, tmp_path):
    output = tmp_path / "m.safetensors"
    given = {**SMALL, "data": {"file": str(data)}}
    run(given, None, Results(output, True, True), False)
    again = {"data": {"file": str(data)}, "network": {"start_from": str(output)}}
    with pytest.raises(ConfigError, match="members is 2, and start_from is a single network"):
        run({**again, "table": {"members": 2}}, None, Results(None, True, True), False)
    run({**given, "table": {"members": 2}}, None, Results(output, True, True), False)
    with pytest.raises(ConfigError, match="holds a committee"):
        run(again, None, Results(None, True, True), False)
