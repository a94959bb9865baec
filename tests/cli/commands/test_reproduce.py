"""``fastavg reproduce`` through real processes."""

from __future__ import annotations

import json
import re
import signal
import time

import pytest

from tests.cli.shell import end, records, refused, run, start

TINY = (
    "--splits", 2, "--workers", "2,3", "--epochs", "5,30", "--hidden", 3, "--dtype", "float32",
)


def hashes(folder):
    found = json.loads((folder / "results.json").read_text())
    return {(one["column"], one["split"]): one["weights_sha256"] for one in found["runs"]}


@pytest.mark.timeout(300)
def test_the_quick_version_writes_the_whole_report(tmp_path, nothing_left):
    # Started by hand: a machine without compiled kernels needs longer than usual.
    process = start("reproduce", "--quick", "--output", tmp_path / "out", cwd=tmp_path)
    out, err = process.communicate(timeout=280)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert re.search(r"run \d+/10  split \d  .*  epoch \d+  \d+%  \d+:\d\d left", err)
    assert "Table 1." in out
    assert "Table 2." in out
    assert [each.name for each in tmp_path.iterdir()] == ["out"]
    files = {each.name for each in (tmp_path / "out").iterdir()}
    drawings = {f"figure-{number}.{kind}" for number in (3, 4, 5, 6) for kind in ("svg", "png")}
    assert files == {"results.json", "report.md", "report.html", *drawings}
    for drawing in drawings:
        content = (tmp_path / "out" / drawing).read_bytes()
        assert content.startswith(b"\x89PNG" if drawing.endswith("png") else b"<?xml")
    report = (tmp_path / "out" / "report.md").read_text()
    table = [line for line in report.splitlines() if line.startswith("| 200 | 86.89 | 87.28 |")]
    assert len(table) == 1
    means = [float(cell.split("±")[0]) for cell in table[0].split("|")[4:-1]]
    assert len(means) == 5
    # Sequential, 2, 4, derivatives; the symmetric start leaves the saturation behind.
    assert max(means[:4]) > 84
    assert means[4] > 90
    assert "| 200 | 494 | 337 | 318 |" in report
    for heading in ("Accuracy", "Seconds", "Convergence", "Is the paper reproduced?",
                    "What the figures show"):
        assert f"## {heading}\n" in report
    assert "nan" not in report
    html = (tmp_path / "out" / "report.html").read_text()
    assert html.count("<table>") == report.count("| --- |") == 5
    assert html.count("<img") == 4


def test_an_interrupted_experiment_goes_on(tmp_path, nothing_left):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    code, out, err = run("reproduce", *TINY, "--output", whole, "--json", "--quiet")
    assert (code, err) == (0, "")
    lines = records(out)
    assert [line["event"] for line in lines] == ["run"] * 10 + ["finished"]
    process = start("reproduce", *TINY, "--output", parts, "--processes", 1)
    while not (parts / "results.json").exists():
        assert process.poll() is None
        time.sleep(0.01)
    code, _, err = end(process, signal.SIGINT, True)
    assert code == 130, err
    done = hashes(parts)
    assert 0 < len(done) < 10
    kept = (parts / "results.json").read_text().splitlines()[-3]
    code, _, err = run("reproduce", *TINY, "--output", parts, "--processes", 2)
    assert code == 0, err
    # Interrupted or not, with one process or two: the same weights.
    assert hashes(parts) == hashes(whole)
    assert kept.rstrip(",") in (parts / "results.json").read_text()


def test_mistakes_are_one_line(tmp_path):
    assert "workers is 'two'" in refused(3, "reproduce", "--workers", "two", cwd=tmp_path)
    assert "splits is 0" in refused(3, "reproduce", "--splits", 0, cwd=tmp_path)
    assert "there is no such file" in refused(
        3, "reproduce", "--data", "nowhere.mat", cwd=tmp_path
    )
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "results.json").write_text("{}")
    assert "it is not a results file of fastavg" in refused(
        3, "reproduce", *TINY, "--output", tmp_path
    )
