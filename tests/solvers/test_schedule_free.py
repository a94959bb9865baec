"""Schedule-Free optimizers: steps against three vectors, the published mean, what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from fastavg import Network, Plan, Schedule, train
from fastavg.averaging import LAWA, DiLoCo, ElasticAveraging
from fastavg.data.rows import Rows
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.kernels.network.optimizers import STEP_AT, update
from fastavg.plan.resolve import Facts, resolve
from fastavg.solvers import Adam, ScheduleFreeAdamW, ScheduleFreeSGD
from fastavg.training.observers.events import Observer
from tests import oracles
from tests.problems import close
from tests.training.runs import NETWORK, data_for, first_weights, run, small_plan, train_rounds

PAIRS = {
    "sgd": (ScheduleFreeSGD(), lambda n: oracles.ScheduleFree(n)),
    "sgd, other numbers": (
        ScheduleFreeSGD(momentum=0.6, weight_decay=0.1),
        lambda n: oracles.ScheduleFree(n, 0.6, weight_decay=0.1),
    ),
    "adamw": (ScheduleFreeAdamW(), lambda n: oracles.ScheduleFree(n, 0.9, 0.999)),
    "adamw, other numbers": (
        ScheduleFreeAdamW(beta_1=0.7, beta_2=0.9, epsilon=1e-4, weight_decay=0.2),
        lambda n: oracles.ScheduleFree(n, 0.7, 0.9, 1e-4, 0.2),
    ),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("warm", [0, 1, 5])
@pytest.mark.parametrize("name", PAIRS)
def test_steps_and_mean_are_the_oracle_s(name, warm, dtype):
    solver, oracle = PAIRS[name]
    size, random = 33, np.random.default_rng(warm)
    w = random.normal(0, 1, size).astype(dtype)
    state = np.full((solver.n_vectors, size + 9), 5, dtype)
    state[:, 4 : 4 + size] = 0
    optimizer, y = oracle(size), w.astype(float)
    rates = 0.05 * Schedule(warmup=warm).factors(0, 9, 9, 1)
    for step in range(9):
        if step % 3 == 0:
            # A new call of the solver, which counts on from there.
            hyper = solver.numbers(step, 3, warm)
        hyper[STEP_AT] = step + 1
        g = random.normal(0, 1, size).astype(dtype)
        update(
            solver.code(dtype), hyper, rates[step], w.dtype.type(0.25), w, state, 4, g
        )
        y = optimizer.step(y, g.astype(float) + 0.25 * y, rates[step])
    tolerance = 1e-5 if dtype == "float32" else 1e-13
    assert close(w, y, tolerance)
    assert close(w + state[0, 4 : 4 + size], optimizer.z, tolerance)
    assert close(solver.published(w, state[:, 4 : 4 + size]), optimizer.x, tolerance)
    assert (state[:, :4] == 5).all()
    assert (state[:, 4 + size :] == 5).all()


class Published(Observer):
    """What observers are given, and where gradients are taken."""

    def __init__(self):
        self.seen = []

    def on_round(self, event):
        self.seen.append(np.array(event.weights()))


def test_the_published_mean_is_that_of_the_workers_means():
    # One round of two workers, and each of them alone: x is averaged as well as z.
    plan = small_plan(
        workers=2, epochs=1, average_every=1, solver=ScheduleFreeSGD(0.5), dtype="float64"
    )
    both = run(plan, n=80)
    alone = replace(plan, workers=1)
    data, start = data_for(NETWORK, 80, "float64"), first_weights(NETWORK, plan)
    sampler = plan.sampler(80)
    means = []
    for worker in range(2):
        # The worker's own rows, in the order of its steps.
        order = sampler.batches(worker, 0, 0, sampler.steps_per_epoch).order
        mine = Rows(data.X[order], data.Y[order], data.weights)
        in_order = replace(alone, sampling={"name": "shards", "shuffle": False})
        means.append(train_rounds(NETWORK, in_order, mine, start))
    np.testing.assert_allclose(both, np.mean(means, axis=0), rtol=1e-12, atol=1e-14)


def test_observers_validation_and_the_model_have_the_mean(nothing_left):
    seen = Published()
    plan = small_plan(solver=ScheduleFreeAdamW(0.01))
    last = run(plan, observers=[seen])
    assert (seen.seen[-1] == last).all()
    assert len({weights.tobytes() for weights in seen.seen}) == len(seen.seen)
    assert (run(plan, processes=2) == last).all()


def test_short_calls_change_no_bit(monkeypatch):
    plan = small_plan(solver=ScheduleFreeAdamW(0.01, Schedule(warmup=1)), workers=2)
    whole = run(plan)
    monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
    assert (run(plan) == whole).all()


@pytest.mark.parametrize("solver", [ScheduleFreeSGD(1.0), ScheduleFreeAdamW(5e-3)], ids=repr)
def test_digits_are_learnt_without_a_schedule(solver):
    X, y = load_digits5k()
    test = np.arange(len(y)) % 5 == 0
    plan = Plan(workers=4, epochs=6, average_every="4 steps", batch_size=16, solver=solver)
    model = train(Network((400, 32, 10)), X[~test], y[~test], plan)
    assert model.score(X[test], y[test]) > 0.9


def test_a_solver_travels_to_other_processes():
    solver = ScheduleFreeAdamW(0.01, Schedule(warmup=2))
    assert pickle.loads(pickle.dumps(solver)) == solver


def test_the_shell_s_schedule_gives_way():
    facts = Facts(5000, 20, 3, "class")
    plan = resolve({"solver": {"name": "schedule-free-adamw"}}, facts, "shell").plan
    assert plan.solver.schedule.kind == "constant"
    assert resolve({"solver": "adam"}, facts, "shell").plan.solver.schedule.kind == "cosine"


@pytest.mark.parametrize(("kind", "name", "value"), [
    (ScheduleFreeSGD, "momentum", 0), (ScheduleFreeSGD, "momentum", 1),
    (ScheduleFreeSGD, "weight_decay", -1), (ScheduleFreeAdamW, "beta_1", 0),
    (ScheduleFreeAdamW, "beta_2", 1), (ScheduleFreeAdamW, "epsilon", 0),
])
def test_impossible_settings_are_refused(kind, name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}; it must"):
        kind(**{name: value})


@pytest.mark.parametrize(("changes", "message"), [
    ({"solver_state": "reset"}, "solver_state is reset; ScheduleFreeSGD goes with average"),
    ({"solver_state": "keep"}, "solver_state is keep; ScheduleFreeSGD goes with average"),
    ({"algorithm": "downpour"}, "algorithm is Downpour; ScheduleFreeSGD goes with local-sgd"),
    ({"averaging": LAWA()}, "averaging is LAWA; ScheduleFreeSGD averages its own iterates"),
    ({"averaging": ElasticAveraging()}, "averaging is ElasticAveraging"),
    ({"regularization": {"max_norm": 1.0}}, "max_norm does not bound the mean"),
    ({"regularization": {"max_change": 1.0}}, "max_change does not bound the mean"),
])
def test_plans_without_a_mean_to_publish_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        Plan(workers=2, solver=ScheduleFreeSGD(), **changes)


def test_another_schedule_is_refused():
    with pytest.raises(ConfigError, match="learning rate schedule is cosine; ScheduleFreeSGD goes"):
        ScheduleFreeSGD(schedule="cosine")


def test_an_outer_step_moves_all_three_sequences_together():
    # DiLoCo(1, 0) is the mean; an outer rate of zero would leave y where it was.
    plan = small_plan(solver=ScheduleFreeSGD(0.5))
    assert (run(replace(plan, averaging=DiLoCo(1.0, 0.0))) == run(plan)).all()
    assert not (run(replace(plan, averaging=DiLoCo())) == run(plan)).any()


def test_memory_is_that_of_momentum_and_of_adam():
    assert ScheduleFreeSGD().n_vectors == 1
    assert ScheduleFreeAdamW().n_vectors == Adam().n_vectors
