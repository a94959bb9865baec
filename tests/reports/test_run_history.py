"""Curves, the restored epoch, and the averaging's figures, from a run's folder."""

from __future__ import annotations

import json

import pytest

from fastavg import DataError
from fastavg.reports.run_history import run_history
from fastavg.runs.run_folder import create_run

NAMES = "round,epoch,loss,rows,evaluations,training_seconds,kernel_seconds,averaging_seconds," \
    "waiting_seconds"


def folder_of(path, losses, events=()):
    folder = create_run(path)
    rows = [f"{at},{at + 1.0},{loss},10,1,0.2,0.1,0.02,0.01" for at, loss in enumerate(losses)]
    folder.history.write_text("\n".join([NAMES, *rows, ""]))
    started = {"event": "started", "workers": 2, "processes": 1, "ranks": 1}
    folder.events.write_text("".join(f"{json.dumps(each)}\n" for each in (started, *events)))
    return folder


def test_a_network_that_stands_still_and_one_that_does_not(tmp_path):
    still = [1 / 2**at for at in range(40)]
    (curve,) = run_history(folder_of(tmp_path / "a", still))["curves"]
    assert (curve["epochs"][0], curve["loss"][:2], curve["still_improving"]) == (
        1.0, [1.0, 0.5], False
    )
    (curve,) = run_history(folder_of(tmp_path / "b", [1 - at / 50 for at in range(40)]))["curves"]
    assert curve["still_improving"]
    assert curve["restored"] is None


def test_the_restored_epoch_is_the_first_of_the_best(tmp_path):
    validated = [
        {"event": "validated", "epoch": at, "loss": 1, "validation_loss": 1, "score": score}
        for at, score in enumerate([0.5, 0.75, 0.75, 0.25], 1)
    ]
    (curve,) = run_history(folder_of(tmp_path / "a", [1, 1], validated))["curves"]
    assert (curve["restored"], curve["still_improving"]) == (2, False)
    assert curve["validation_epochs"] == [1, 2, 3, 4]


def test_networks_of_a_table_keep_the_last_of_equals(tmp_path):
    folder = folder_of(tmp_path / "a", [])
    folder.history.write_text(
        "member,epoch,loss,validation_loss\n0,1,.9,.5\n0,2,.8,.5\n0,3,.7,.6\n1,1,.9,.4\n"
    )
    first, second = run_history(folder)["curves"]
    assert (first["name"], first["restored"], first["still_improving"]) == ("network 1", 2, False)
    assert (second["restored"], second["still_improving"]) == (1, True)


def test_seconds_are_added_up_and_lost_processes_counted(tmp_path):
    rounds = [
        {"event": "round", "round": at, "worker_seconds": [0.25, 0.5]} for at in (0, 1)
    ]
    lost = {"event": "worker replaced", "round": 1}
    found = run_history(folder_of(tmp_path / "a", [1, 2, 3], [*rounds, lost]))["telemetry"]
    found.pop("rounds_seen")
    assert found == {
        "workers": 2, "processes": 1, "ranks": 1, "rounds": 3, "rows": 30,
        "training_seconds": pytest.approx(0.6), "kernel_seconds": pytest.approx(0.3),
        "averaging_seconds": pytest.approx(0.06), "waiting_seconds": pytest.approx(0.03),
        "replaced": 1, "skipped": 0, "worker_seconds": [0.5, 1.0],
    }
    # Rounds that were lost with the process are trained again.
    again = [*rounds, {"event": "resumed", "rounds": 1}, rounds[1]]
    found = run_history(folder_of(tmp_path / "b", [1, 2], again))["telemetry"]
    assert found["worker_seconds"] == [0.5, 1.0]


def test_shares_of_all_rounds_and_drift_where_it_was_measured(tmp_path):
    folder = folder_of(tmp_path / "a", [1])
    folder.history.write_text("\n".join([
        f"{NAMES},period,drift", "0,1,1,10,1,0.2,0.1,0.02,0.0,1.0,",
        "1,2,1,10,1,0.2,0.1,0.05,0.0,1.0,0.125", "",
    ]))
    seen = run_history(folder)["telemetry"]["rounds_seen"]
    assert seen == {
        "epochs": [1, 2], "communication_share": [pytest.approx(1 / 11), pytest.approx(0.2)],
        "period": [1, 1], "drift_epochs": [2], "drift": [0.125],
    }
    long = "\n".join(f"{at},{at},1,10,1,0.2,0.1,0.02,0.0,1.0,0.5" for at in range(1000))
    folder.history.write_text(f"{NAMES},period,drift\n{long}\n")
    seen = run_history(folder)["telemetry"]["rounds_seen"]
    assert {len(each) for each in seen.values()} == {200}
    assert seen["epochs"][-1] == 999


def test_a_damaged_history_is_named(tmp_path):
    folder = folder_of(tmp_path / "a", [1])
    folder.history.write_text(f"{NAMES}\n0,one,2,3,4,5,6,7,8\n")
    with pytest.raises(DataError, match=r"history\.csv is damaged"):
        run_history(folder)
