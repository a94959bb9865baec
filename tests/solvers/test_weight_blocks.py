"""Rates and decays for blocks of the weights, and a decay that falls over the run."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.kernels.network import optimizers
from fastavg.kernels.network.optimizers import block_at, update
from fastavg.kernels.tabular.compact_rows import LEVEL, PLAIN, table_of
from fastavg.networks.embedding_network import embedding_network
from fastavg.networks.network import Network
from fastavg.networks.workspace import dense_table
from fastavg.plan.plan import Plan
from fastavg.solvers import SGD, Adam, AdamW, Regularization
from fastavg.solvers.weight_blocks import END, TrainedVector, WeightBlocks, block_numbers
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, one_by_one, run, small_plan

BLOCKS = {
    "rates": WeightBlocks(biases=0.1, outputs=0.5), "decays": WeightBlocks(biases=0),
    "fan_in_power": 0.5, "decay_schedule": "flat_cos",
}
SOLVER = AdamW(weight_decay=0.1, **BLOCKS)


def vector_of(network, total_steps=10):
    return TrainedVector(network, dense_table(network), total_steps)


def test_blocks_stand_in_the_order_of_the_vector():
    rates, decays = WeightBlocks(hidden=2, outputs=3, biases=4), WeightBlocks(biases=0)
    found = block_numbers(vector_of(Network((4, 9, 2))), rates, decays, 0.5).reshape(-1, 3)
    assert found.tolist() == [
        [36, 1, 1], [45, 4, 0], [63, 1, 1], [65, 4, 0], [END, 1, 1],
    ]


def test_embeddings_and_what_multiplies_them_are_blocks_of_their_own():
    network = embedding_network(table_of([PLAIN, LEVEL], [1, 7]), 4, (16,), 3, submodels=2)
    rates = WeightBlocks(embeddings=2, scaling=6, hidden=3, outputs=5)
    found = block_numbers(vector_of(network), rates, WeightBlocks(), 0.0).reshape(-1, 3)
    assert found[:, 0].tolist() == [32, 48, 52, 180, 196, 292, 295, END]
    assert found[:, 1].tolist() == [2, 6, 1, 3, 1, 5, 1, 1]
    alone = embedding_network(table_of([PLAIN, LEVEL], [1, 7]), 4, (16,), 3, submodels=1)
    assert len(block_numbers(vector_of(alone), rates, WeightBlocks(), 0.0)) == 3 * 7


def test_trained_factors_of_units_are_a_block():
    rates = WeightBlocks(factors=7, biases=4)
    network = Network((4, 9, 2), "parametric_relu")
    found = block_numbers(vector_of(network), rates, WeightBlocks(), 0.0).reshape(-1, 3)
    assert found[:, :2].tolist() == [[36, 1], [45, 4], [54, 7], [72, 1], [74, 4], [END, 1]]


def test_the_loop_finds_the_block_of_a_place_and_where_it_ends():
    numbers = AdamW(weight_decay=0.2, rates=WeightBlocks(biases=0.5)).numbers(
        0, 1, 0, vector_of(Network((4, 9, 2)))
    )
    assert block_at(numbers, 0.1, 0, 30) == (30, 0.1, 0.2)
    assert block_at(numbers, 0.1, 35, 60) == (36, 0.1, 0.2)
    assert block_at(numbers, 0.1, 36, 60) == (45, 0.05, 0.2)
    assert block_at(numbers, 0.1, 70, 90) == (90, 0.1, 0.2)


def steps(solver, w, state, gradients, numbers, slices=((0, None),), rate=0.05):
    code = solver.code(w.dtype)
    for step, g in enumerate(gradients):
        numbers[optimizers.STEP_AT] = step + 1
        for low, high in slices:
            own = g[low:high].copy()
            update(code, numbers, rate, w.dtype.type(0), w[low:high], state, low, own)


def gradients_of(n, dtype, count=6):
    random = np.random.default_rng(1)
    return [random.normal(0, 1, n).astype(dtype) for _ in range(count)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_neutral_blocks_leave_the_very_bits(dtype):
    assert len(AdamW().numbers(0, 5, vector=vector_of(NETWORK))) == optimizers.HYPER_SIZE
    n = NETWORK.n_weights
    start = np.random.default_rng(0).normal(0, 1, n).astype(dtype)
    plain, blocked = start.copy(), start.copy()
    solver, neutral = AdamW(), WeightBlocks()
    numbers = solver.numbers(0, 5)
    given = block_numbers(vector_of(NETWORK), neutral, neutral, 0.0)
    states = np.zeros((2, 2, n), dtype)
    # As training does: matrices and biases, and matrices in panels.
    slices = ((0, 20), (20, 35), (35, 42), (42, 63), (63, n))
    steps(solver, plain, states[0], gradients_of(n, dtype), numbers, slices)
    steps(
        solver, blocked, states[1], gradients_of(n, dtype),
        np.concatenate([solver.numbers(0, 5), [0], given]), slices,
    )
    assert (plain == blocked).all()
    assert (states[0] == states[1]).all()


def test_every_block_takes_the_steps_of_its_own_rate_and_decay():
    n, dtype = NETWORK.n_weights, "float64"
    start = np.random.default_rng(0).normal(0, 1, n)
    found, state = start.copy(), np.zeros((2, n))
    solver = replace(SOLVER, decay_schedule="constant")
    steps(solver, found, state, gradients_of(n, dtype), solver.numbers(0, 6, 0, vector_of(NETWORK)))
    first = 0
    table = block_numbers(vector_of(NETWORK), solver.rates, solver.decays, 0.5).reshape(-1, 3)
    for stop, factor, decay in table[:-1]:
        part = slice(first, int(stop))
        alone, own = start[part].copy(), np.zeros((2, int(stop) - first))
        plain = AdamW(weight_decay=0.1 * decay)
        gradients = [g[part] for g in gradients_of(n, dtype)]
        steps(plain, alone, own, gradients, plain.numbers(0, 6), rate=0.05 * factor)
        assert found[part] == pytest.approx(alone, rel=1e-12)
        first = int(stop)
    assert first == n


def test_the_decay_is_flat_for_half_of_the_run_and_falls_to_nothing():
    solver = AdamW(weight_decay=0.5, decay_schedule="flat_cos")
    numbers, w = solver.numbers(0, 9, 0, vector_of(NETWORK, total_steps=8)), np.ones(1)
    left = []
    for step in range(9):
        numbers[optimizers.STEP_AT], before = step + 1, w[0]
        update(solver.code("f8"), numbers, 0.1, 0.0, w, np.zeros((2, 1)), 0, np.zeros(1))
        left.append((1 - w[0] / before) / 0.05)
    expected = [1] * 4 + [0.5 * (1 + math.cos(math.pi * (t / 4 - 1))) for t in range(4, 9)]
    assert left == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("changes", [
    {}, {"algorithm": "gradient-averaging"}, {"solver_state": "keep"}, {"workers": 1},
    {"regularization": Regularization(clip_norm=0.5)}, {"dtype": "float64"},
])
def test_processes_blocks_and_short_calls_change_no_bit(changes, monkeypatch):
    plan = small_plan(**{"solver": SOLVER, "workers": 4, **changes})
    whole = run(plan)
    assert (run(plan, processes=2) == whole).all()
    if "algorithm" not in changes:
        assert (one_by_one(plan) == whole).all()
        monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
        assert (run(plan) == whole).all()
    assert not (run(replace(plan, solver=AdamW(weight_decay=0.1))) == whole).all()


@pytest.mark.parametrize("algorithm", ["local-sgd", "gradient-averaging"])
def test_ranks_change_no_bit(algorithm):
    plan = small_plan(solver=SOLVER, workers=4, algorithm=algorithm)
    whole = run(plan)
    for found in on_ranks(2, lambda communicator: run(plan, communicator=communicator)):
        assert (found == whole).all()


def test_networks_too_wide_for_one_panel_know_their_blocks():
    wide = Network((40, 900, 3), "relu")
    plan = small_plan(
        solver=SOLVER, workers=2, algorithm="gradient-averaging", epochs=1, batch_size=2
    )
    whole = run(plan, wide)
    assert (run(plan, wide, processes=2) == whole).all()
    factors = Network((40, 9, 3), "parametric_relu")
    assert (run(plan, factors) == run(plan, factors, processes=2)).all()
    frozen = replace(plan, solver=Adam(rates=WeightBlocks(hidden=0, outputs=0)))
    (matrix, biases), _ = wide.views(run(frozen, wide))
    (first, zeros), _ = wide.views(wide.initial_weights(plan.seed, plan.init, plan.dtype))
    assert (matrix == first).all()
    assert not (biases == zeros).all()


def test_what_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="biases is -1; it must be"):
        WeightBlocks(biases=-1)
    with pytest.raises(ConfigError, match="fan_in_power is 2; it must be a number from 0 to 1"):
        Adam(fan_in_power=2)
    with pytest.raises(ConfigError, match="'cos' is unknown; choose constant, flat_cos"):
        AdamW(decay_schedule="cos")
    with pytest.raises(ConfigError, match=r"rates, decays, .* not Hogwild"):
        Plan(solver=SOLVER, algorithm="hogwild")
    with pytest.raises(ConfigError, match=r"flat_cos, which counts .* solver_state is reset"):
        Plan(solver=SOLVER, solver_state="reset")
    with pytest.raises(ConfigError, match="sgd has no option 'rates'"):
        Plan(solver={"name": "sgd", "rates": {"biases": 0}})
    assert Plan(solver={"name": "adam", "rates": {"biases": 0}}).solver.rates.biases == 0
    assert Plan(solver=SGD()).solver.learning_rate == 0.1
