"""The report: both forms, with everything that belongs to it."""

from __future__ import annotations

import pytest

from fastavg.experiments.report import write_report
from tests.experiments.made_up import PROTOCOL, digits, results

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return folder, write_report(PROTOCOL, results(), digits(), folder)


def test_all_files_are_named_and_there(written):
    folder, paths = written
    assert [path.name for path in paths[:2]] == ["report.md", "report.html"]
    assert all(path.is_file() and path.parent == folder for path in paths)
    assert len(paths) == 6


def test_tables_figures_checks_and_analysis_are_in_both_forms(written):
    folder, _ = written
    markdown, html = ((folder / name).read_text() for name in ("report.md", "report.html"))
    for title in ("Accuracy", "Seconds", "Convergence", "Is the paper reproduced?"):
        assert f"\n## {title}\n" in markdown
        assert f"<h2>{title}</h2>" in html
    assert markdown.count("| --- |") == html.count("<table>") == 5
    for number in (3, 4, 5, 6):
        assert f"(figure-{number}.svg)" in markdown
        assert f'src="figure-{number}.svg"' in html


def test_the_introduction_says_what_was_run_and_where(written):
    text = (written[0] / "report.md").read_text()
    assert "Data: made up (60 rows). 2 random splits" in text
    assert "Network: 400-25-10" in text
    assert "Made up, 2 cores" in text
    assert "nan" not in text
