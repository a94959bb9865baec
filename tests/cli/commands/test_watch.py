"""``fastavg watch`` as a person starts and ends it."""

from __future__ import annotations

import json
import time
import urllib.request
from urllib.parse import urlencode, urlsplit
from urllib.request import urlopen

import psutil

from fastavg.reports.live_server import events_from
from fastavg.runs.run_folder import RunFolder, create_run
from tests.cli.shell import INTERRUPT, end, refused, start


def test_the_example_of_the_help_serves_until_it_is_interrupted(tmp_path):
    (tmp_path / "results").mkdir()
    process = start("watch", "results", "--json", cwd=tmp_path)
    record = json.loads(process.stdout.readline())
    with urllib.request.urlopen(record["url"], timeout=20) as answer:
        assert b"fastavg watch" in answer.read()
    port = record["url"].split(":")[2].split("/")[0]
    err = refused(3, "watch", "results", "--port", port, cwd=tmp_path)
    assert f"port {port} cannot be used" in err
    code, _, err = end(process, INTERRUPT, everybody=False)
    assert (code, err) == (130, "fastavg: interrupted\n")


def test_a_folder_that_is_not_there(tmp_path):
    assert "there is no folder" in refused(3, "watch", tmp_path / "none")


def test_a_run_is_followed_while_it_trains_and_loses_a_process(tmp_path):
    (tmp_path / "shared").mkdir()
    watch = start("watch", "shared", "--json", cwd=tmp_path)
    address = urlsplit(json.loads(watch.stdout.readline())["url"])
    training = start(
        "train", "--workers", 2, "--processes", 2, "--epochs", 300, "--hidden", "64",
        "--run", "shared/first", "--quiet", cwd=tmp_path,
    )
    seen, place, deadline = [], 0, time.monotonic() + 90
    killed = False

    def ask(path, **more):
        query = f"{address.query}&{urlencode(more)}"
        with urlopen(f"http://{address.netloc}/{path}?{query}", timeout=20) as answer:
            return json.load(answer)

    try:
        while time.monotonic() < deadline and not any(each["event"] == "tested" for each in seen):
            time.sleep(0.05)
            if "first" not in ask("runs"):
                continue
            found = ask("events", run="first", **{"from": place})
            seen, place = [*seen, *found["events"]], found["next"]
            if not killed and any(each["event"] == "round" for each in seen):
                # Processes of the team are started by the fork server.
                team = [
                    each for each in psutil.Process(training.pid).children(recursive=True)
                    if each.ppid() != training.pid
                ]
                team[0].kill()
                killed = True
        out, err = training.communicate(timeout=60)
        assert (training.returncode, err) == (0, "")
    finally:
        end(watch, INTERRUPT, everybody=False)
    names = [each["event"] for each in seen]
    assert names[0] == "run"
    assert names[-1] == "tested"
    (lost,) = [each for each in seen if each["event"] == "worker replaced"]
    assert (lost["cause"], lost["processes"]) == ("SIGKILL", 2)
    # The page saw what the run has written, once and in order.
    assert seen == RunFolder(tmp_path / "shared" / "first").happened()
    rounds = [each for each in seen if each["event"] == "round"]
    assert f"rounds            {sum(each['rounds'] for each in rounds)}  (300 epochs)" in out
    assert any("drift" in each for each in rounds)


def test_a_folder_that_another_machine_fills_is_followed_from_any_cut(tmp_path):
    events = "".join(
        json.dumps({"schema": 1, "event": "round", "time": at, "name": "größe"}) + "\n"
        for at in range(30)
    ).encode()
    folder = create_run(tmp_path / "far")
    seen, place, written = [], 0, 0
    for length in (1, 7, 50, 3, 400, 1, 1, 90, 1000, 10_000):
        # What has come over the network so far ends anywhere, also inside a letter.
        written = min(len(events), written + length)
        folder.events.write_bytes(events[:written])
        found, place = events_from(folder, place)
        seen += found
    assert [each["time"] for each in seen] == list(range(30))
