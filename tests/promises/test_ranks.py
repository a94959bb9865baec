"""The same plan on any number of ranks and processes ends in the same bits."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from fastavg.datasets import load_digits5k
from tests.communicators.mpiexec import PYTHON, run

SMALL = ("--epochs", "1", "--hidden", "40", "--json", "--quiet")
# (ranks, processes of each); with six ranks, one is without a worker.
# Two epochs are too few to converge, as a warning says.
QUIET = (PYTHON, "-W", "ignore")


def command(*options):
    return (PYTHON, "-m", "fastavg_cli", "train", *SMALL, *options)


def digest(out):
    """The weights' digest in the last record, which must be the only one of its kind."""
    records = [json.loads(line) for line in out.splitlines()]
    found = [record["weights_sha256"] for record in records if "weights_sha256" in record]
    assert len(found) == 1, "rank 0 alone reports"
    return found[0]


def alone(*options):
    done = subprocess.run(
        command(*options), capture_output=True, text=True, timeout=100, check=True
    )
    return digest(done.stdout)


@pytest.mark.parametrize(("layouts", "options"), [
    (((3, 1), (2, 2), (6, 1)), ("--workers", "5")),
    (((2, 2),), ("--workers", "5", "--dtype", "float64")),
    (((3, 1),), ("--workers", "4", "--solver", "sgd", "--averaging", "slow-momentum")),
    (((2, 2), (4, 1)), ("--workers", "8", "--sampling", "partitions")),
], ids=["float32", "float64", "slow-momentum", "partitions"])
def test_command(layouts, options):
    expected = alone(*options, "--processes", "1")
    assert alone(*options, "--processes", "4") == expected
    for ranks, processes in layouts:
        ended = run("-n", ranks, *command(*options, "--processes", str(processes)))
        # mpiexec writes why it ends to standard output.
        assert (ended.code, ended.err) == (0, ""), ended.out
        assert digest(ended.out) == expected, f"{ranks} ranks of {processes} processes"


def test_data_from_root(tmp_path):
    X, y = load_digits5k()
    np.savez(tmp_path / "digits.npz", X=X, y=y)
    options = (tmp_path / "digits.npz", "--workers", "3")
    expected = alone(*options)
    ended = run("-n", 2, *command(*options, "--set", "data.read_by=root"))
    assert (ended.code, ended.err) == (0, "")
    assert digest(ended.out) == expected


def test_fast_reduction_trains_as_well():
    ended = run("-n", 2, *command("--workers", "2", "--set", "reduction=fast"))
    record = json.loads(ended.out.splitlines()[-1])
    exact = run("-n", 2, *command("--workers", "2"))
    assert record["loss"] == pytest.approx(json.loads(exact.out.splitlines()[-1])["loss"], rel=1e-3)


ESTIMATOR = """
import hashlib, sys
import numpy as np
from fastavg import MLPClassifier
from fastavg.datasets import load_digits5k
X, y = load_digits5k()
model = MLPClassifier((20,), workers=3, max_iter=2, random_state={seed}, communicator={name!r})
model.fit(X, y, sample_weight={weights})
digest = hashlib.sha256(model.weights_.tobytes()).hexdigest()
sys.stdout.write(f"{{digest}} {{model.score(X, y)}} {{len(model.history_)}}\\n")
"""


@pytest.mark.parametrize("weights", [None, "np.arange(len(y)) % 3"])
def test_every_rank_ends_with_the_same_estimator(weights):
    program = ESTIMATOR.format(seed=0, name="mpi", weights=weights)
    ended = run("-n", 3, *QUIET, "-c", program)
    assert (ended.code, ended.err) == (0, "")
    lone = subprocess.run(
        [*QUIET, "-c", program], capture_output=True, text=True, timeout=100, check=True
    )
    assert sorted(ended.out.splitlines()) == lone.stdout.splitlines() * 3


def test_ranks_without_a_seed_agree_on_one():
    ended = run("-n", 2, *QUIET, "-c", ESTIMATOR.format(seed=None, name="auto", weights=None))
    assert (ended.code, ended.err) == (0, "")
    assert len(set(ended.out.splitlines())) == 1


def test_any_rank_can_end_training_for_all():
    program = """
import os, sys
from fastavg import Execution, Network, Plan, train
from fastavg.datasets import load_digits5k
class Stop:
    rounds = 0
    def on_event(self, event):
        self.rounds += type(event).__name__ == "RoundFinished"
        return self.rounds == 3 and os.environ["PMI_RANK"] == "1"
stop = Stop()
X, y = load_digits5k()
train(Network((400, 5, 10)), X, y, Plan(workers=2, epochs=50),
      execution=Execution(observers=[stop], communicator="mpi"))
sys.stdout.write(f"{stop.rounds}\\n")
"""
    ended = run("-n", 2, PYTHON, "-c", program)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == ["3", "3"]
