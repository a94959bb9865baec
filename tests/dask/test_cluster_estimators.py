"""Fits on a real Dask cluster of three processes end in the bits of local ones."""

from __future__ import annotations

import hashlib
import json
import re
import warnings

import pytest

from fastavg import MLPClassifier, MLPRegressor
from tests.communicators.mpiexec import PYTHON, finish, start_program
from tests.dask.problem import OPTIONS, rows, weights_of_rows


def local(kind, *data, **weights):
    """The digest of a fit of this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        weights = kind(**OPTIONS).fit(*data, **weights).weights_
    return hashlib.sha256(weights.tobytes()).hexdigest()


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = tmp_path_factory.mktemp("cluster") / "record.json"
    ended = finish(
        start_program(PYTHON, "-W", "ignore", "-m", "tests.dask.on_cluster", path), 110
    )
    assert ended.code == 0, ended.err
    return json.loads(path.read_text())


def test_weights_are_those_of_a_local_fit(found):
    X, y = rows()
    assert found["two"] == found["after"] == local(MLPClassifier, X, y)
    assert found["weighted"] == local(MLPClassifier, X, y, sample_weight=weights_of_rows())
    assert found["regressor"] == local(MLPRegressor, X, X[:, :2])


def test_predictions_are_lazy_and_those_of_the_local_estimator(found):
    assert found["lazy"] == [True, True]
    assert (found["predicts"], found["chances"]) == (True, True)
    assert found["outputs"] == [2000, 2]


def test_too_few_workers_are_refused_with_the_numbers(found):
    assert found["few"] == (
        "ConfigError: ranks is 4 and the cluster has 3 workers; each rank needs a worker of its own"
    )


def test_two_fits_at_once_both_end(found):
    assert found["at once"] == [found["after"]] * 2


def test_an_error_on_the_ranks_is_raised_here(found):
    assert found["wrong"] == "ValueError: Input y contains NaN."


def test_a_killed_worker_ends_the_fit_and_is_named(found):
    killed = found["killed"]
    # The other ranks and the scheduler notice it at the same time; whoever is first says so.
    of_ranks = rf"\(process {killed['process']} on \S+\) has died; all ranks end; it ran on"
    assert re.fullmatch(
        rf"RankLost: rank 1 ({of_ranks} Dask worker {killed['worker']}"
        rf"|is lost: Dask worker {killed['worker']} has ended)", killed["said"],
    )
