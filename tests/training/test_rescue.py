"""What an error in a round leaves: the last complete round, saved, and in a divergence."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from fastavg.errors import Diverged
from fastavg.plan.plan import Plan
from fastavg.training.rescue import rescuing


@dataclass
class Ended:
    """A run after some rounds, and a store that notes what it saves."""

    saved: list = field(default_factory=list)
    rule_states: np.ndarray = field(default_factory=lambda: np.zeros((2, 0, 2)))

    @property
    def run(self):
        return SimpleNamespace(plan=Plan())

    @property
    def buffers(self):
        return SimpleNamespace(center=lambda round: np.full((1, 2), round))

    def rescue(self, session):
        self.saved.append(session)


def test_a_good_end_saves_nothing():
    session = store = Ended()
    with rescuing(session, store):
        pass
    assert store.saved == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_is_raised_after_the_round_is_saved(error):
    session = store = Ended()
    with pytest.raises(error), rescuing(session, store):
        raise error
    assert store.saved == [session]


def test_a_divergence_holds_the_weights_before_it():
    session = Ended()
    with pytest.raises(Diverged) as caught, rescuing(session, None):
        raise Diverged(3, None)
    assert (caught.value.weights == 3).all()
