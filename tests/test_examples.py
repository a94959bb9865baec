"""The examples: those of either import line come to nearly the same scores.

All of them run when the pages are built (``.ci/check docs``), where an error ends the build.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

SCRIPTS = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("plot_*.py"))
IMPORT = re.compile(r"from fastavg import MLPClassifier  # was: (from sklearn.*)")
EXAMPLES = [path for path in SCRIPTS if IMPORT.search(path.read_text())]


def scores_of(text):
    import matplotlib.pyplot as plt

    mpl.use("agg")
    names = {"__name__": "example"}
    with warnings.catch_warnings():
        # The agg backend shows nothing; scikit-learn warns of what it has not finished.
        warnings.simplefilter("ignore")
        exec(compile(text, "example", "exec"), names)
    plt.close("all")
    return names["scores"]


def test_there_are_three():
    assert len(EXAMPLES) == 3


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_one_line_is_the_difference(path):
    text = path.read_text()
    assert len(IMPORT.findall(text)) == 1
    ours, theirs = scores_of(text), scores_of(IMPORT.sub(r"\1", text))
    assert ours.keys() == theirs.keys()
    difference = [ours[name] - theirs[name] for name in ours]
    # A rate that has fallen after one step leaves a network where chance has put it.
    assert np.median(np.abs(difference)) < 0.03
    assert abs(np.mean(difference)) < 0.05


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_says_what_it_shows(path):
    text = path.read_text()
    title, line, *about = text.removeprefix('"""\n').splitlines()
    assert line == "=" * len(title)
    assert len(" ".join(about).split('"""')[0]) > 80
    assert len(text.splitlines()) <= 100
    compile(text, path.name, "exec")


def test_what_the_gallery_shows():
    assert {path.stem for path in SCRIPTS} >= {
        "plot_a_first_network", "plot_pipeline_and_grid_search", "plot_table_with_holes",
        "plot_averaging_rules", "plot_killed_worker", "plot_mpi", "plot_dask", "plot_onnx",
        "plot_callbacks", "plot_own_loss",
    }


def test_deformations_are_drawn():
    import matplotlib.pyplot as plt

    mpl.use("agg")
    path = next(path for path in SCRIPTS if path.stem == "plot_deformations")
    with warnings.catch_warnings():
        # The agg backend shows nothing.
        warnings.simplefilter("ignore")
        exec(compile(path.read_text(), "example", "exec"), {"__name__": "example"})
    assert len(plt.gcf().axes) > 1
    plt.close("all")
