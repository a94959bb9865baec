"""``fastavg train`` through real processes."""

from __future__ import annotations

import hashlib
import os

import numpy as np
import pytest

import fastavg
from fastavg.datasets import load_digits5k
from tests.cli.shell import FAST, INTERRUPT, TERMINATE, end, records, run, start

LAST = {
    "event", "accuracy", "loss", "epochs", "rounds", "workers", "processes", "ranks",
    "reproducible", "lost_steps", "seconds", "weights_sha256", "model",
}


def test_the_main_job(tmp_path, nothing_left):
    code, out, err = run("train", "--workers", 8, cwd=tmp_path)
    assert code == 0, err
    table = dict(line.split(None, 1) if not line.startswith("test") else
                 ("test accuracy", line.split(None, 2)[2]) for line in out.splitlines())
    assert float(table["test accuracy"].split("%")[0]) >= 94.5
    assert table["workers"] == "8"
    for name in ("training", "averaging", "waiting", "outside", "speed"):
        assert name in table
    assert "round" in err
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == []


def test_processes_never_change_the_weights(nothing_left):
    found = set()
    for processes in (1, 2, 3, 8, 2):
        code, out, err = run(
            "train", "--workers", 8, "--processes", processes, "--json", "--quiet", *FAST
        )
        assert (code, err) == (0, "")
        last = records(out)[-1]
        assert last["processes"] == processes
        found.add(last["weights_sha256"])
    assert len(found) == 1


def test_json_lines(tmp_path):
    path = tmp_path / "model.safetensors"
    code, out, err = run("train", "--workers", 3, "--json", "--output", path, *FAST)
    assert code == 0, err
    lines = records(out)
    assert [line["event"] for line in lines] == ["started", *["round"] * 4, "finished"]
    last = lines[-1]
    assert set(last) == LAST
    assert (last["epochs"], last["rounds"], last["workers"], last["ranks"]) == (2, 4, 3, 1)
    assert last["model"] == str(path)
    weights = fastavg.load(path).weights
    assert last["weights_sha256"] == hashlib.sha256(weights.tobytes()).hexdigest()
    assert last["loss"] == lines[-2]["loss"]


def test_seeds_and_sizes_matter():
    def sha(*more):
        code, out, err = run("train", "--workers", 2, "--json", "--quiet", *FAST, *more)
        assert code == 0, err
        return records(out)[-1]["weights_sha256"]

    assert len({sha(), sha("--seed", 1), sha("--test-size", 0.5), sha("--solver", "sgd")}) == 4


def test_quiet_says_nothing_and_still_shows_the_table():
    code, out, err = run("train", "--quiet", *FAST)
    assert (code, err) == (0, "")
    assert "test accuracy" in out


def test_no_test_rows():
    code, out, err = run("train", "--quiet", "--test-size", 0, *FAST)
    assert code == 0, err
    assert "no test rows" in out
    code, out, err = run("train", "--quiet", "--json", "--test-size", 0, *FAST)
    assert records(out)[-1]["accuracy"] is None


def test_npz_equals_the_embedded_digits(tmp_path):
    X, y = load_digits5k()
    np.savez_compressed(tmp_path / "digits.npz", X=X, y=y)
    shas = [
        records(run("train", *data, "--json", "--quiet", *FAST)[1])[-1]["weights_sha256"]
        for data in ((), (tmp_path / "digits.npz",))
    ]
    assert shas[0] == shas[1]


def test_csv_train_predict_evaluate(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(50, 20, (400, 3))
    y = (X[:, 0] + X[:, 1] > 100).astype(int)
    table = np.column_stack([X[:, 0], y, X[:, 1:]])
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", header="a,label,b,c", comments="")
    code, out, err = run(
        "train", "a.csv", "--target", "label", "--output", "m.safetensors", "--hidden", "16",
        "--preset", "shell",
        "--quiet", "--workers", 2, "--epochs", 60, cwd=tmp_path,
    )
    assert code == 0, err
    model = fastavg.load(tmp_path / "m.safetensors")
    assert model.feature_names == ("a", "b", "c")
    # Columns far from [-1, 1] were standardised with the statistics of the training rows.
    assert np.abs(model.scaling.shift - 50).max() < 5
    code, out, err = run("evaluate", "m.safetensors", "a.csv", "--target", "label", "--json",
                         cwd=tmp_path)
    assert code == 0, err
    (line,) = records(out)
    assert line["accuracy"] > 0.93
    assert line["rows"] == 400
    # Columns are found by name, in any order, and others are left out.
    np.savetxt(tmp_path / "b.csv", table[:, [3, 2, 0]], delimiter=",", header="c,b,a", comments="")
    code, out, err = run("predict", "m.safetensors", "b.csv", cwd=tmp_path)
    assert code == 0, err
    assert np.mean(np.array(out.split(), int) == y) == pytest.approx(line["accuracy"])
    code, out, err = run("predict", "m.safetensors", "b.csv", "--probabilities", cwd=tmp_path)
    head, *rows = out.splitlines()
    assert head == "0,1"
    assert np.allclose([sum(map(float, row.split(","))) for row in rows], 1, atol=1e-5)


def test_numbers_are_regressed(tmp_path):
    random = np.random.default_rng(0)
    X = random.uniform(-1, 1, (300, 2))
    np.savez(tmp_path / "d.npz", X=X, y=X[:, 0] - 2 * X[:, 1] + 0.25)
    code, out, err = run("train", "d.npz", "--hidden", "16", "--epochs", 200, "--json", "--quiet",
                         "--learning-rate", 0.01,
                         "--output", "m.safetensors", "--workers", 2, cwd=tmp_path)
    assert code == 0, err
    assert records(out)[-1]["r2"] > 0.95
    code, out, err = run("evaluate", "m.safetensors", "d.npz", cwd=tmp_path)
    assert code == 0, err
    assert out.startswith("r2")


@pytest.mark.parametrize("everybody", [True, False], ids=["terminal", "one"])
@pytest.mark.parametrize(("signum", "code"), [(INTERRUPT, 130), (TERMINATE, 143)])
def test_a_signal_leaves_nothing(tmp_path, nothing_left, signum, code, everybody):
    process = start("train", "--workers", 4, "--processes", 2, "--epochs", 5000, "--json",
                    "--output", "m.safetensors", cwd=tmp_path)
    for line in process.stdout:
        if '"round": 3,' in line:
            break
    found, _, err = end(process, signum, everybody)
    assert found == code
    assert "Traceback" not in err
    assert os.listdir(tmp_path) == []


def test_a_reader_that_leaves_is_no_error(nothing_left):
    process = start("train", "--workers", 2, "--epochs", 500, "--json", "--quiet")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 141
    assert process.stderr.read() == ""
    process.stderr.close()


def test_further_losses_activations_and_limits(tmp_path, nothing_left):
    path = tmp_path / "counts.npz"
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3))
    np.savez(path, X=X, y=random.poisson(np.exp(X[:, 0])).astype(float))
    model = tmp_path / "model.safetensors"
    code, _, err = run(
        "train", path, "--kind", "number", "--loss", "poisson", "--activation", "gelu,elu",
        "--hidden", "16,8", "--solver", "nadam", "--dropout", 0.1, "--schedule", "plateau",
        "--set", "regularization.input_dropout=0.05", "--set", "regularization.l1=0.01",
        "--set", "regularization.max_norm=3", "--set", "regularization.clip_norm=1",
        "--set", "solver.schedule.warmup=1",
        "--workers", 2, "--epochs", 4, "--output", model,
    )
    assert code == 0, err
    network = fastavg.load(model).network
    assert (network.activation, network.output) == (("gelu", "elu"), "exponential")
    code, _, err = run("train", path, "--kind", "number", "--loss", "hinge")
    assert code == 3
    assert "loss hinge is for classes; the target is taken for numbers" in err


def test_a_file_of_svmlight_stays_sparse(tmp_path, nothing_left):
    random, far = np.random.default_rng(0), 900
    lines, y = [], random.integers(0, 2, 2000)
    for label in y:
        features = {3 + label: 5, 10 + random.integers(0, 400): 1, far: 2}
        lines.append(f"{label} " + " ".join(f"{at}:{v}" for at, v in sorted(features.items())))
    path, model = tmp_path / "rows.svmlight", tmp_path / "model.safetensors"
    path.write_text("\n".join(lines) + "\n")
    found = set()
    for processes in (1, 2):
        code, out, err = run(
            "train", path, "--workers", 2, "--processes", processes, "--json", "--quiet",
            "--output", model, *FAST,
        )
        assert code == 0, err
        last = records(out)[-1]
        assert last["accuracy"] > 0.98
        found.add(last["weights_sha256"])
    assert len(found) == 1
    trained = fastavg.load(model)
    # The largest magnitude of each column is 1, and a zero is a zero.
    assert not trained.scaling.shift.any()
    assert trained.scaling.factor[[3, 899]].tolist() == [0.2, 0.5]
    # The last column of the model is in none of these rows.
    few = tmp_path / "few.svmlight"
    few.write_text("\n".join(line.split(f" {far}")[0] for line in lines[:50]) + "\n")
    code, out, err = run("predict", model, few)
    assert code == 0, err
    assert np.mean(np.array(out.split(), int) == y[:50]) > 0.9
    code, out, err = run("evaluate", model, path)
    assert code == 0, err
