"""``fastavg doctor``."""

from __future__ import annotations

from tests.cli.shell import records, run


def test_findings_as_json():
    code, out, err = run("doctor", "--json")
    assert err == ""
    (record,) = records(out)
    states = {each["name"]: each["state"] for each in record["findings"]}
    assert states["self-test"] == "good"
    assert code == (1 if "bad" in states.values() else 0)
