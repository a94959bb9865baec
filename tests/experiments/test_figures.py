"""Figures: files that a browser and a printer can show, from the numbers of the results."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

from fastavg.errors import ConfigError
from fastavg.experiments import figures
from fastavg.experiments.figures import draw_figures, require_matplotlib
from tests.experiments.made_up import PROTOCOL, results

pytest.importorskip("matplotlib")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures")
    return folder, draw_figures(PROTOCOL, results(), folder)


def test_every_figure_is_there_in_both_forms(drawn):
    folder, made = drawn
    assert [figure.file for figure in made] == [f"figure-{number}.svg" for number in (3, 4, 5, 6)]
    names = {f"figure-{number}.{kind}" for number in (3, 4, 5, 6) for kind in ("svg", "png")}
    assert {path.name for path in folder.iterdir()} == names
    for name in names:
        content = (folder / name).read_bytes()
        if name.endswith("svg"):
            assert ElementTree.fromstring(content).tag == "{http://www.w3.org/2000/svg}svg"
        else:
            assert content.startswith(b"\x89PNG")


def test_every_column_is_named_in_the_first_figure(drawn):
    text = (drawn[0] / "figure-3.svg").read_text()
    for column in PROTOCOL.columns:
        assert column.title in text
    assert "Paper, sequential" in text


def test_the_same_results_are_the_same_file(drawn, tmp_path):
    draw_figures(PROTOCOL, results(), tmp_path)
    for name in ("figure-3.svg", "figure-6.svg"):
        assert (tmp_path / name).read_bytes() == (drawn[0] / name).read_bytes()


def test_captions_say_what_is_seen(drawn):
    for number, figure in enumerate(drawn[1], 3):
        assert figure.caption.startswith(f"Figure {number}. ")


def test_without_matplotlib_it_is_refused_before_training(monkeypatch):
    monkeypatch.setattr(figures, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'fastavg\[plot\]' brings it"):
        require_matplotlib()
