"""The page for users of scikit-learn names what its MLP does not have."""

from __future__ import annotations

import inspect

import pytest
from sklearn import neural_network

import fastavg
from fastavg.losses import LOSSES
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.solvers import SOLVERS
from tests.docs.pages import DOCS

TEXT = (DOCS / "guide" / "coming-from.md").read_text()
# Those of scikit-learn's, and the loss that its classifier always has.
KNOWN = {"identity", "logistic", "tanh", "relu", "cross_entropy", "line-search"}


@pytest.mark.parametrize("name", ["MLPClassifier", "MLPRegressor"])
def test_every_parameter_of_our_own_is_named(name: str) -> None:
    ours, theirs = (
        set(inspect.signature(getattr(package, name)).parameters)
        for package in (fastavg, neural_network)
    )
    assert theirs - ours == set()
    assert [each for each in sorted(ours - theirs) if f"`{each}`" not in TEXT] == []


@pytest.mark.parametrize("names", [ACTIVATIONS, SOLVERS.members, LOSSES.members])
def test_every_activation_solver_and_loss_is_named(names) -> None:
    assert [each for each in names if each not in KNOWN and f"`{each}`" not in TEXT] == []
