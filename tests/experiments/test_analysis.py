"""The analysis: every number in its sentences comes from the results."""

from __future__ import annotations

import pytest

from fastavg.experiments.analysis import analyse
from fastavg.reports.document import Heading
from tests.experiments.made_up import FINAL, PROTOCOL, digits, results


def words(final=FINAL):
    blocks = analyse(PROTOCOL, results(final), digits())
    return [block.text for block in blocks if isinstance(block, Heading)], " ".join(
        block.text for block in blocks
    )


def test_numbers_are_those_of_the_results():
    headings, text = words()
    assert headings[0] == "What the figures show"
    assert len(headings) == 6
    assert "ends at 90.5 % after 200 epochs" in text
    assert "Adam on mini-batches has" in text
    assert "Parallel (2) 10.0" in text
    assert "takes 20.00 s here, 494 s in the paper" in text
    assert "10.40 s with 2" in text
    # Averaging is 0.01 of 0.25 seconds.
    assert "which is 4.00 % of it or less" in text
    assert "derivative averaging ends at 90.5 % and model averaging at 89.5 %" in text
    assert "nan" not in text


@pytest.mark.parametrize(("sequential", "who"), [
    (0.5, "for the sequential run"), (0.9, "for any worker count"),
])
def test_a_level_that_is_not_reached_is_said(sequential, who):
    low = {**FINAL, "model-1": sequential, "model-2": 0.6, "model-4": 0.6}
    if sequential == 0.5:
        low |= {"model-2": 0.95}
    text = words(low)[1]
    assert f"does not reach 88 % in 200 epochs {who}, so this run cannot tell" in text


@pytest.mark.parametrize(("parallel", "word"), [(0.99, "fewer"), (0.885, "more")])
def test_who_needs_fewer_epochs(parallel, word):
    text = words({**FINAL, "model-2": parallel, "model-4": 0.6})[1]
    assert f"epochs {word}, " in text
