"""What a user can get wrong: one line that says what and where, and the right exit code."""

from __future__ import annotations

import numpy as np
import pytest

from tests.cli.shell import FAST, refused, run

USAGE, DATA, DIVERGED = 2, 3, 4


def write_csv(path, text):
    path.write_text(text)
    return path


FILES = {
    "missing.npz": None,
    "notes.md": "hello",
    "empty.csv": "",
    "header.csv": "a,b\n",
    "numbers.csv": "1,2\n3,4\n",
    "text.csv": "a,b\n1,2\n3,x\n",
    "blank.csv": "a,b\n1,2\n,4\n",
    "nan.csv": "a,b\n1,2\nnan,4\n",
    "ragged.csv": "a,b\n1,2\n3\n",
    "twice.csv": "a,a\n1,2\n",
    "good.csv": "a,b\n" + "1,0\n2,1\n" * 20,
    "broken.npz": "PK not really",
}
ARRAYS = {
    "flat.npz": {"X": np.zeros(10), "y": np.zeros(10)},
    "deep.npz": {"X": np.zeros((10, 2, 2)), "y": np.arange(10) % 2},
    "short.npz": {"X": np.zeros((10, 2)), "y": np.zeros(9)},
    "nan.npz": {"X": np.where(np.eye(10, 2, -2), np.nan, 0.5), "y": np.arange(10) % 2},
    "object.npz": {"X": np.array([[1, None]], object), "y": np.zeros(1)},
    "text.npz": {"X": np.array([["a", "b"]] * 4), "y": np.arange(4)},
    "other.npz": {"data": np.zeros((3, 3))},
    "lonely.npz": {"X": np.zeros((10, 2))},
    "one.npz": {"X": np.zeros((10, 2)), "y": np.zeros(10, int)},
    "good.npz": {"X": np.linspace(0, 1, 40).reshape(20, 2), "y": np.arange(20) % 2},
}
CASES = [
    (DATA, "missing.npz", (), "missing.npz does not exist"),
    (DATA, "notes.md", (), "of no known kind; -ubyte, .arrow"),
    (DATA, ".", (), "is a folder"),
    (DATA, "empty.csv", ("--target", "a"), "empty.csv is empty"),
    (DATA, "header.csv", ("--target", "a"), "no rows"),
    (DATA, "numbers.csv", ("--target", "1"), "no header"),
    (DATA, "text.csv", ("--target", "a"), "text.csv, line 3, column 'b' holds 'x'"),
    (DATA, "blank.csv", ("--target", "a"), "blank.csv, line 3, column 'a' is empty"),
    (DATA, "nan.csv", ("--target", "b"), "nan.csv, line 3, column 'a' is empty"),
    (DATA, "ragged.csv", ("--target", "a"), "ragged.csv, line 3: 1 values for 2 columns"),
    (DATA, "twice.csv", ("--target", "a"), "two columns 'a'"),
    (DATA, "good.csv", (), "no target; --target names it, one of a, b"),
    (DATA, "good.csv", ("--target", "z"), "no column 'z'; its columns are a, b"),
    (DATA, "broken.npz", (), "damaged, or no .npz file"),
    (DATA, "flat.npz", (), "X has shape (10,)"),
    (DATA, "deep.npz", (), "X has shape (10, 2, 2)"),
    (DATA, "short.npz", (), "X has 10 rows and y 9"),
    (DATA, "nan.npz", (), "X holds nan in row 2, column 0"),
    (DATA, "object.npz", (), "X holds object values"),
    (DATA, "text.npz", (), "X holds <U1 values"),
    (DATA, "other.npz", (), "holds data; it must hold the arrays X and y"),
    (DATA, "lonely.npz", (), "no array y"),
    (DATA, "one.npz", (), "1 class"),
    (DATA, "good.npz", ("--workers", 0), "workers is 0"),
    (DATA, "good.npz", ("--workers", -3), "workers is -3"),
    (DATA, "good.npz", ("--workers", 15), "15 workers cannot share 14 training rows"),
    (DATA, "good.npz", ("--processes", 0), "processes is 0"),
    (DATA, "good.npz", ("--activation", "swish"), "activation 'swish' is unknown; choose identity"),
    (DATA, "good.npz", ("--solver", "magic"), "solver 'magic' is unknown; choose"),
    (DATA, "good.npz", ("--hidden", "a,b"), "hidden is 'a,b'"),
    (DATA, "good.npz", ("--hidden", "0"), "layer sizes"),
    (DATA, "good.npz", ("--learning-rate", 0), "learning_rate is 0"),
    (DATA, "good.npz", ("--learning-rate", "nan"), "learning_rate is nan"),
    (DATA, "good.npz", ("--set", "solver.momentum=1", "--solver", "sgd"), "momentum is 1"),
    (DATA, "good.npz", ("--alpha", -1), "l2 is -1"),
    (DATA, "good.npz", ("--batch-size", -1), "batch_size is -1"),
    (DATA, "good.npz", ("--epochs", 0), "epochs is 0"),
    (DATA, "good.npz", ("--average-every", 0), "average_every is 0"),
    (DATA, "good.npz", ("--average-every", "4 stops"), "or a number of steps such as '4 steps'"),
    (DATA, "good.npz", ("--averaging", "median"), "averaging 'median' is unknown"),
    (DATA, "good.npz", ("--sampling", "all"), "sampling 'all' is unknown"),
    (DATA, "good.npz", ("--set", "sampling.fraction=2", "--sampling", "resample"), "fraction is 2"),
    (DATA, "good.npz", ("--scale", "log"), "scale 'log' is unknown"),
    (DATA, "good.npz", ("--kind", "x"), "kind 'x' is unknown"),
    (DATA, "good.npz", ("--schedule", "magic"), "'magic' is unknown"),
    (DATA, "good.npz", ("--set", "init=magic"), "init 'magic' is unknown"),
    (DATA, "good.npz", ("--dtype", "int8"), "dtype 'int8' is unknown"),
    (DATA, "good.npz", ("--seed", -1), "seed is -1"),
    (DATA, "good.npz", ("--test-size", 1), "test_size is 1"),
    (DATA, "good.npz", ("--output", "no/such/m.safetensors"), "folder that does not exist"),
    (USAGE, "good.npz", ("--workers", "many"), "--workers"),
    (USAGE, "good.npz", ("--wrokers", 2), "--wrokers"),
    (USAGE, "good.npz", ("--momentum", 0.5), "--momentum is set by --set solver.momentum=VALUE"),
    (USAGE, "good.npz", ("--data-from=root",), "--data-from is set by --set data.read_by=VALUE"),
    (DATA, "good.npz", ("--set", "momentum=0.5"), "unknown; did you mean solver.momentum?"),
    (DATA, "good.npz", ("--set", "solver.beta_3=1"), "unknown; did you mean solver.beta_"),
    (DATA, "good.npz", ("--set", "epochs"), "--set is 'epochs'; it must be NAME=VALUE"),
    (DATA, "good.npz", ("--set", "solver.momentum=0.5"), "solver adam has no option 'momentum'"),
    (DATA, "good.npz", ("--set", "sampling.fraction=0.5"), "sampling shards has no option 'fracti"),
    (DATA, "good.npz", ("--config", "none.toml"), "none.toml cannot be read: No such file"),
    (DATA, "good.npz", ("--config", "good.csv"), "good.csv is no TOML"),
    (DATA, "good.npz", ("--preset", "best"), "preset 'best' is unknown; choose paper"),
    (DATA, "good.npz", ("--learning-rate", "fast"), "learning_rate is 'fast'; it must be a positi"),
    (DATA, "good.npz", ("--validation", "none.npz"), "none.npz does not exist"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for name, text in FILES.items():
        if text is not None:
            (folder / name).write_text(text)
    for name, arrays in ARRAYS.items():
        np.savez(folder / name, **arrays)
    return folder


@pytest.mark.parametrize(
    ("code", "name", "more", "said"), CASES, ids=[f"{case[1]} {case[2]}" for case in CASES]
)
def test_train_refuses(folder, code, name, more, said, capfd, monkeypatch):
    # The table is long, so these run here; that nothing else is printed is checked all the same.
    from fastavg_cli.app import app
    from fastavg_cli.process.exits import run as run_here

    monkeypatch.chdir(folder)
    found = run_here(app, ["train", name, "--quiet", *FAST, *map(str, more)])
    out, err = capfd.readouterr()
    assert (found, out) == (code, ""), err
    assert err.startswith("fastavg: ")
    assert err.count("\n") == 1
    assert said in err


def test_the_script_itself_refuses(folder):
    assert "does not exist" in refused(DATA, "train", "missing.npz", cwd=folder)
    assert "--wrokers" in refused(USAGE, "train", "--wrokers", cwd=folder)
    assert "folly" in refused(USAGE, "folly")


def test_divergence_is_named(folder):
    said = refused(
        DIVERGED, "train", "good.npz", "--solver", "sgd", "--learning-rate", "1e30", "--quiet",
        "--kind", "number", "--workers", 2, "--processes", 1, "--epochs", 30, cwd=folder,
    )
    assert "no longer finite" in said


def test_debug_shows_where(folder):
    code, out, err = run("train", "missing.npz", "--debug", cwd=folder)
    assert (code, out) == (DATA, "")
    assert "Traceback" in err
    assert err.splitlines()[-1].startswith("fastavg: ")


def test_models_are_refused(folder, tmp_path):
    assert "No such file" in refused(DATA, "predict", "none.safetensors", folder / "good.npz")
    (tmp_path / "m.safetensors").write_bytes(b"\x80\x04.")
    for command in ("predict", "evaluate"):
        assert "no fastavg file" in refused(
            DATA, command, tmp_path / "m.safetensors", folder / "good.npz"
        )


def test_models_and_data_that_do_not_fit(folder, tmp_path):
    model = tmp_path / "m.safetensors"
    code, _, err = run("train", folder / "good.csv", "--target", "b", "--output", model,
                       "--quiet", *FAST)
    assert code == 0, err
    assert "has no column 'a'" in refused(
        DATA, "predict", model, write_csv(tmp_path / "c.csv", "c\n1\n")
    )
    assert "2 columns; the model takes 1" in refused(DATA, "predict", model, folder / "good.npz")
    assert "no target" in refused(DATA, "evaluate", model, folder / "good.csv")


def test_help_and_version():
    code, out, _ = run("--version")
    assert code == 0
    assert out.startswith("fastavg ")
    for command in ((), ("train",), ("predict",), ("evaluate",)):
        code, out, err = run(*command, "--help")
        assert (code, err) == (0, "")
        assert "Usage" in out
    assert run()[0] == USAGE
