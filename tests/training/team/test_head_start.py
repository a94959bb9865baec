"""Who gets the process that starts others early."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Execution, MLPClassifier, Network, Plan, train
from fastavg.communicators import LocalCommunicator
from fastavg.errors import DataError
from fastavg.kernels.warm_up import warm_up
from fastavg.training.team import head_start
from fastavg.training.team.head_start import give_head_start
from tests.conftest import children

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]
WRONG = np.array([[0.0], [np.nan], [1.0], [2.0]])
LABELS = [0, 1, 0, 1]


@pytest.fixture(autouse=True)
def compiled():
    warm_up("float32")


@pytest.mark.parametrize("communicator", [None, "auto", LocalCommunicator()])
def test_it_is_started_for_several_processes(communicator):
    give_head_start(Plan(workers=2), 2, communicator)
    assert len(children()) == 1
    give_head_start(Plan(workers=2), 2, communicator)
    assert len(children()) == 1


@pytest.mark.parametrize(("workers", "processes"), [(1, 2), (2, 1), (2, 0), (1, None)])
def test_it_is_not_started_for_one(workers, processes):
    give_head_start(Plan(workers=workers), processes)
    assert children() == []


def test_it_is_not_started_before_ranks_have_met():
    class Ranks(LocalCommunicator):
        size = 2

    for communicator in ("mpi", Ranks()):
        give_head_start(Plan(workers=4), 2, communicator)
    assert children() == []


def test_it_is_not_started_while_there_is_something_to_compile(monkeypatch):
    monkeypatch.setattr(head_start, "is_compiled", lambda *given: False)
    give_head_start(Plan(workers=2), 2)
    assert children() == []


def test_it_loads_while_rows_are_checked():
    with pytest.raises(DataError):
        train(Network((1, 2)), WRONG, LABELS, Plan(workers=2), execution=Execution(processes=2))
    assert len(children()) == 1


def test_it_loads_while_an_estimator_copies_rows(monkeypatch):
    def stop(*given, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("fastavg.estimators.base.prepare_rows", stop)
    with pytest.raises(KeyboardInterrupt):
        MLPClassifier(workers=2, processes=2, dtype="float32").fit(np.eye(4), LABELS)
    assert len(children()) == 1
