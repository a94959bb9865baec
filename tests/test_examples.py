"""The examples run with either import line, and come to nearly the same scores."""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("plot_*.py"))
IMPORT = re.compile(r"from fastavg import MLPClassifier  # was: (from sklearn.*)")


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
