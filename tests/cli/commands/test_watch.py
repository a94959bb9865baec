"""``fastavg watch`` as a person starts and ends it."""

from __future__ import annotations

import json
import urllib.request

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
