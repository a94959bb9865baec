"""The server of the live page: loopback, token, only runs, only whole events."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from fastavg import ConfigError, DataError
from fastavg.reports.live_server import LiveServer, events_from
from fastavg.runs.run_folder import create_run


@pytest.fixture
def served(tmp_path):
    run = create_run(tmp_path / "runs" / "a")
    run.events.write_text('{"schema": 1, "event": "run", "time": 1}\n{"half')
    with LiveServer([tmp_path / "runs"]) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server, run
        server.shutdown()
        thread.join(timeout=10)
        assert not thread.is_alive()


def asked(server, path, token=None, **headers):
    query = f"token={server.token if token is None else token}"
    address = f"http://127.0.0.1:{server.server_address[1]}/{path}"
    address += ("&" if "?" in path else "?") + query
    request = urllib.request.Request(address, headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read()


def test_page_runs_and_events(served):
    server, run = served
    headers, page = asked(server, "")
    assert b"fastavg watch" in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert json.loads(asked(server, "runs")[1]) == ["a"]
    found = json.loads(asked(server, "events?run=a&from=0")[1])
    assert [each["event"] for each in found["events"]] == ["run"]
    with run.events.open("a") as file:
        file.write('": 1}\n{"event": "round"}\n')
    later = json.loads(asked(server, f"events?run=a&from={found['next']}")[1])
    assert [each["event"] for each in later["events"]] == ["round"]
    # A run that comes later is found too.
    create_run(run.path.parent / "b").events.write_text("")
    assert json.loads(asked(server, "runs")[1]) == ["a", "b"]


@pytest.mark.parametrize(("path", "token", "headers", "code"), [
    ("", "wrong", {}, 403), ("runs", "", {}, 403), ("", None, {"Host": "evil.example"}, 403),
    ("etc/passwd", None, {}, 404), ("events?run=..&from=0", None, {}, 404),
    ("events?run=a&from=-1", None, {}, 404),
])
def test_what_it_does_not_answer(served, path, token, headers, code):
    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(served[0], path, token, **headers)
    refused.value.close()
    assert refused.value.code == code


def test_only_this_machine_is_served(served):
    assert served[0].server_address[0] == "127.0.0.1"
    assert urlsplit(served[0].url).hostname == "127.0.0.1"


def test_a_port_in_use_and_a_folder_that_is_not_there(served, tmp_path):
    port = served[0].server_address[1]
    with pytest.raises(ConfigError, match=f"port {port} cannot be used: Address already in use"):
        LiveServer([tmp_path], port)
    with pytest.raises(ConfigError, match="port 99999 cannot be used"):
        LiveServer([tmp_path], 99999)
    with pytest.raises(DataError, match="there is no folder"):
        LiveServer([tmp_path / "none"])


def test_events_of_a_run_that_was_made_anew(tmp_path):
    run = create_run(tmp_path / "a")
    run.events.write_text('{"event": "run"}\nnonsense\n[1]\n')
    assert events_from(run, 0) == ([{"event": "run"}], 30)
    assert events_from(run, 500)[0] == [{"event": "run"}]
    run.events.unlink()
    assert events_from(run, 7) == ([], 7)
