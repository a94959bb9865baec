"""``fastavg tune`` as a person runs it: digits, arrays and tables, broken off and gone on with."""

from __future__ import annotations

import json
import time
import tomllib

import pytest

from tests.cli.commands.models import numbers
from tests.cli.in_process import run
from tests.cli.shell import INTERRUPT, end, records, start
from tests.tuning.made import arrays


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tune")
    numbers(120).assign(town=["a", "b", "c"] * 40).to_csv(folder / "t.csv", index=False)
    arrays(folder)
    return folder


QUICK = ("--epochs", 3, "--workers", 1, "--processes", 1)


@pytest.mark.parametrize(("data", "more"), [
    ((), ("--hidden", 8, "--try", "solver.learning_rate=1e-3..1e-1")),
    (("d.npz",), ()),
    (("t.csv",), ("--target", "kind", "--effort", "fast")),
])
def test_the_best_options_train_to_the_score_that_they_had(folder, data, more):
    code, out, err = run(
        "tune", *data, *more, *QUICK, "--trials", 3, "--run", f"{data}", "--json", cwd=folder,
    )
    assert (code, err) == (0, "")
    *trials, last = records(out)
    assert [each["trial"] for each in trials] == [1, 2, 3]
    assert last["score"] == max(each["score"] for each in trials if each["state"] == "finished")
    code, out, err = run(
        "train", "--config", last["path"], "--run", f"made{data}", "--json", "--quiet", cwd=folder,
    )
    assert code == 0, err
    kept = [
        json.loads(line)
        for line in (folder / f"made{data}" / "events.jsonl").read_text().splitlines()
    ]
    seen = [each for each in kept if each["event"] == "validated"]
    best = max(
        -each["validation_loss"] if last["figure"].startswith("neg") else each["score"]
        for each in seen
    )
    assert best == last["score"]


def test_a_search_is_interrupted_and_goes_on(folder):
    arguments = ("tune", "d.npz", *QUICK, "--run", "long")
    process = start(*arguments, "--trials", 10_000, cwd=folder)
    deadline = time.monotonic() + 60
    while not (folder / "long" / "trials.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    code, _, _ = end(process, INTERRUPT, everybody=True)
    assert code == 130
    assert tomllib.loads((folder / "long" / "best.toml").read_text())["epochs"] == 3
    done = len((folder / "long" / "trials.csv").read_text().splitlines()) - 1
    assert done >= 1
    code, out, err = run(*arguments, "--trials", done + 2, cwd=folder)
    assert code == 0, err
    assert f"trial {done + 2}  " in err
    assert f"trial {done}  " not in err
    assert "fastavg train --config long/best.toml" in out


@pytest.mark.parametrize(("more", "said"), [
    (("--time", "soon"), "time is 'soon'; it must be a duration such as 90s"),
    (("--trials", 0), "trials is 0"),
    (("--try", "epochs"), "--try is 'epochs'"),
    (("--try", "no.such=1..2"), "option 'no.such' is unknown"),
    (("--preset", "best"), "preset 'best' is unknown"),
    (("--run", "d.npz/run"), "d.npz"),
])
def test_wrong_use_is_refused(folder, more, said, capfd, monkeypatch):
    # In this process, since starting one takes longer than refusing.
    from fastavg_cli.app import app
    from fastavg_cli.process.exits import run as run_here

    monkeypatch.chdir(folder)
    found = run_here(app, ["tune", "d.npz", *map(str, (*QUICK, *more))])
    out, err = capfd.readouterr()
    assert (found, out) == (3, ""), err
    assert err.startswith("fastavg: ")
    assert said in err
