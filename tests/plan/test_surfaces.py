"""Every option by its dotted name, and what is said of it."""

from __future__ import annotations

import pytest

from fastavg.plan.surfaces import entries, meanings
from fastavg.solvers import Adam


def test_names_are_dotted_and_known_everywhere():
    found = entries()
    for name in ("workers", "solver", "solver.learning_rate", "solver.schedule",
                 "averaging.momentum",
                 "sampling.fraction", "regularization.dropout", "stopping.patience",
                 "network.hidden", "data.scale", "execution.processes"):
        assert name in found


def test_an_option_of_some_members_names_them():
    assert set(entries()["solver.momentum"].members) == {
        "sgd", "rmsprop", "natural-gradient", "schedule-free-sgd", "layer-rates",
        "levenberg-marquardt",
    }


@pytest.mark.parametrize("name", sorted(entries()))
def test_every_option_has_a_meaning(name):
    assert entries()[name].sentence.strip(".")


def test_meanings_come_from_the_docstring():
    assert meanings(Adam)["beta_1"]


def test_a_rule_inside_a_rule_is_one_option():
    found = entries()
    assert set(found["averaging.rule"].members) == {"ema", "swa", "lawa"}
    assert not [name for name in found if name.startswith("averaging.rule.")]
