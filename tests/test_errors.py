"""Errors: their exit codes, their bases in Python, and what they carry."""

from __future__ import annotations

import pickle

import pytest

from fastavg import errors
from fastavg.errors import (
    ConfigError,
    DataError,
    Diverged,
    FastavgError,
    FileDamaged,
    LaunchMismatch,
    RankLost,
    RankMismatch,
    WorkerLost,
)

CODES = {
    FastavgError: 1, ConfigError: 3, LaunchMismatch: 3, DataError: 3, FileDamaged: 3,
    Diverged: 4, WorkerLost: 5, RankMismatch: 5, RankLost: 5,
}


def test_every_error_has_its_exit_code():
    defined = {
        each for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, FastavgError)
        and each.__module__ == errors.__name__
    }
    assert defined == set(CODES)
    assert {each: each.exit_code for each in CODES} == CODES


@pytest.mark.parametrize(("error", "base"), [
    (ConfigError, ValueError), (DataError, ValueError), (FileDamaged, ValueError),
    (Diverged, ArithmeticError), (WorkerLost, RuntimeError), (RankMismatch, RuntimeError),
    (RankLost, RuntimeError),
])
def test_each_is_also_the_error_that_python_would_raise(error, base):
    assert issubclass(error, base)
    assert issubclass(error, FastavgError)


def test_diverged_names_worker_and_round():
    error = Diverged(7, 3, "a checkpoint was written")
    assert (error.round, error.worker, error.weights) == (7, 3, None)
    assert "weights of worker 3 are no longer finite after round 7" in str(error)
    assert str(error).endswith("; a checkpoint was written")
    assert "the weights of the average are no longer finite" in str(Diverged(1, None))


def test_rank_mismatch_carries_rank_and_field():
    error = RankMismatch("they differ", 2, "seed")
    assert (str(error), error.rank, error.field) == ("they differ", 2, "seed")
    assert RankMismatch("they differ").rank is None


@pytest.mark.parametrize("error", [ConfigError("a"), DataError("b"), WorkerLost("c")])
def test_errors_travel_between_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again)) == (type(error), str(error))
