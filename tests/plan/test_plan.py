"""What a plan refuses, and how many rounds it makes."""

import dataclasses
import pickle

import pytest

from fastavg.averaging import Mean
from fastavg.data.sampling_schemes import Resample
from fastavg.errors import ConfigError
from fastavg.losses import Huber
from fastavg.plan.plan import Plan
from fastavg.solvers import SGD

NAN, INFINITE = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        *((name, value, f"{name} is .*; it must be a whole number of at least {low}")
          for name, low in (("workers", 1), ("batch_size", 0), ("seed", 0))
          for value in (low - 1, -7, 2.5, NAN, INFINITE, True, "many", None)),
        *((name, value, f"{name} is .*; it must be a number above 0")
          for name in ("epochs", "average_every")
          for value in (0, -1, NAN, INFINITE, "many", None)),
        ("dtype", "float16", "dtype 'float16' is unknown; choose float32, float64"),
        ("products", "int8", "products 'int8' is unknown; choose float32, blas, bfloat16, auto"),
        ("solver_state", "forget", "solver_state 'forget' is unknown; choose average, reset, keep"),
        ("sampling", "bootstrap", "sampling 'bootstrap' is unknown; choose shards, resample"),
        ("averaging", "median", "averaging 'median' is unknown; choose mean, "),
        ("solver", "newton", "solver 'newton' is unknown; choose sgd, adam"),
        ("loss", "regret", "loss 'regret' is unknown; choose cross_entropy"),
        ("augment", "spirals", "augment 'spirals' is unknown; choose none, "),
        ("algorithm", "annealing", "algorithm 'annealing' is unknown; choose local-sgd"),
    ],
)
def test_impossible_plans_are_refused(name, value, message):
    with pytest.raises(ConfigError, match=message):
        Plan(**{name: value})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dtype": "float64"}, "products in bfloat16 need dtype float32, and dtype is float64"),
        ({"solver": "cg", "batch_size": 0}, "products in bfloat16 go with optimizers such as SGD"),
    ],
)
def test_bfloat16_is_refused_where_it_cannot_be(changes, message):
    with pytest.raises(ConfigError, match=message):
        Plan(products="bfloat16", **changes)
    assert Plan(products="auto", **changes).without_bfloat16


@pytest.mark.parametrize("solver", ["cg", "line-search", "lbfgs"])
def test_rows_are_deformed_for_optimizers(solver):
    batch_size = 32 if solver == "line-search" else 0
    with pytest.raises(ConfigError, match="augment goes with optimizers such as SGD or Adam, and"):
        Plan(augment="noise", solver=solver, batch_size=batch_size)


@pytest.mark.parametrize(
    ("epochs", "every", "rounds"),
    [(1, 1, 1), (20, 1, 20), (10, 5, 2), (11, 5, 3), (1, 0.125, 8), (2.5, 0.1, 25), (0.5, 1, 1),
     (3, 0.3, 10), (1, 1 / 3, 3), (1, 1 / 7, 7)],
)
def test_rounds(epochs, every, rounds):
    assert Plan(epochs=epochs, average_every=every).n_rounds == rounds


def test_rounds_of_a_number_of_steps():
    plan = Plan(workers=2, epochs=2.5, average_every="4 steps", batch_size=5)
    sampler = plan.sampler(100)
    # Ten steps an epoch, 25 in all: the last round has one.
    assert plan.rounds_of(sampler) == 7
    assert [plan.span(sampler, round) for round in (0, 5, 6)] == [(0, 4), (20, 24), (24, 25)]
    assert plan.bounds(sampler, 0, 7).tolist() == [0, 4, 8, 12, 16, 20, 24, 25]
    assert [plan.epochs_after(rounds, sampler) for rounds in (0, 5, 7)] == [0, 2.0, 2.5]
    with pytest.raises(ConfigError, match="average_every is '4 steps'; how many rounds"):
        _ = plan.n_rounds


def test_names_become_their_members():
    plan = Plan(solver="sgd", averaging="mean", sampling="resample", loss="huber")
    assert plan == Plan(solver=SGD(), averaging=Mean(), sampling=Resample(), loss=Huber())


def test_more_workers_than_rows_are_refused_for_shards_only():
    with pytest.raises(ConfigError, match="9 workers cannot share 8 training rows; 8 workers or"):
        Plan(workers=9).sampler(8)
    assert Plan(workers=9, sampling="resample").sampler(8).workers == 9


def test_plans_are_frozen_and_travel():
    plan = Plan(workers=3)
    assert pickle.loads(pickle.dumps(plan)) == plan
    with pytest.raises(dataclasses.FrozenInstanceError):
        plan.workers = 4
