"""``fastavg plan`` as a person runs it."""

from __future__ import annotations

from tests.cli.commands.models import numbers
from tests.cli.in_process import refused, run
from tests.cli.shell import records

QUICK = ("--hidden", 8, "--processes", 1, "--batch-size", 32)


def test_a_plan_in_words_and_as_json():
    code, out, err = run("plan", *QUICK)
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()[-4:]] == ["best", "fastest", "more", "one"]
    assert "seconds for a pass over the rows" in out
    code, out, err = run("plan", *QUICK, "--average-every", "5 steps", "--json")
    assert (code, err) == (0, "")
    (record,) = records(out)
    assert (record["event"], record["rows"], record["cpus"]) == ("planned", 3500, 1)
    assert record["best"]["average_every"] == "5 steps"
    assert {row["workers"] for row in record["predicted"]} == {1, 2, 4, 8}
    assert set(record["rates"]) == {"1"}


def test_networks_for_tables_are_refused_in_words(tmp_path):
    assert "fastavg plan is for plain networks" in refused(3, "plan", "--preset", "tabular")
    numbers(60).assign(town="Ulm").to_csv(tmp_path / "t.csv", index=False)
    said = refused(3, "plan", "t.csv", "--target", "kind", cwd=tmp_path)
    assert "networks for tables are trained side by side" in said
    assert "workers is 0" in refused(3, "plan", "--workers", 0)
