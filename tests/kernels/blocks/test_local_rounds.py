"""Blocks of model averaging: the bits of rounds one by one, for any number of processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.averaging.momentum import DiLoCo, SlowMo
from fastavg.kernels.blocks.barrier import abort
from fastavg.kernels.blocks.records import ABORTED, AVERAGE, KEEP, RESET
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adagrad, Adam, Nadam, Regularization
from tests.kernels.blocks.crew import Crew
from tests.kernels.blocks.problem import LocalBlock, Problem, plain_rounds

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)

PROBLEMS = {
    "momentum": Problem(),
    "float64": Problem(dtype="float64", weighted=True),
    "two workers": Problem(workers=2, solver=SGD(momentum=0.9, nesterov=True)),
    "adam reset": Problem(solver=Adam(), mode=RESET),
    "adam keep": Problem(solver=Adam(), mode=KEEP),
    "nadam": Problem(solver=Nadam(), steps_per_round=2),
    "adagrad reset": Problem(solver=Adagrad(), mode=RESET, weighted=True),
    "regular": Problem(
        regular=Regularization(dropout=0.2, l1=0.1, clip_norm=0.5, max_norm=2.0), workers=3
    ),
    "several chunks": Problem(Network((40, 60, 20, 3), "relu"), workers=5, solver=SGD(momentum=0)),
}


def run(problem, members, rule=None):
    block = LocalBlock(problem, members, rule)
    assert block.run() == [problem.rounds] * members
    return block


@pytest.mark.parametrize("members", [1, 2, 3, 8])
@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_a_block_has_the_bits_of_plain_rounds(name, members):
    problem = PROBLEMS[name]
    n = problem.network.n_weights
    center, kept, _, figures = plain_rounds(problem)
    block = run(problem, members)
    vectors = len(center) if problem.mode == AVERAGE else 1
    assert block.centers[1, :vectors, :n].tobytes() == center[:vectors].tobytes()
    assert np.isnan(block.centers[1, :, n:]).all()
    assert (block.figures[:, :, :2] == figures).all()
    assert block.spent[:, 0].sum() > 0
    assert (block.spent >= 0).all()
    if problem.mode == KEEP:
        assert block.kept[1][:, 1:, :n].tobytes() == kept[:, 1:].tobytes()


@pytest.mark.parametrize("cuts", [(1, 5), (2, 2, 2), (3, 1, 1, 1)])
@pytest.mark.parametrize("name", ["momentum", "adam keep", "nadam", "regular", "adam reset"])
def test_blocks_of_any_length_have_the_same_bits(name, cuts):
    problem = PROBLEMS[name]
    n = problem.network.n_weights
    block, first = LocalBlock(problem, 2), 0
    for turn, rounds in enumerate(cuts):
        assert block.run(turn, first, rounds) == [rounds, rounds]
        first += rounds
    whole = run(problem, 1)
    last = len(cuts) % 2
    vectors = whole.centers.shape[1] if problem.mode == AVERAGE else 1
    assert block.centers[last, :vectors, :n].tobytes() == whole.centers[1, :vectors, :n].tobytes()
    assert (block.figures[:, :, :2] == whole.figures[:, :, :2]).all()


@pytest.mark.parametrize("rule", [SlowMo(momentum=0.4, rate=0.8), DiLoCo()])
@pytest.mark.parametrize("members", [1, 2, 3])
def test_a_rule_in_a_block_has_the_bits_of_plain_rounds(members, rule):
    problem = PROBLEMS["momentum"]
    n = problem.network.n_weights
    center, _, state, _ = plain_rounds(problem, rule)
    block = run(problem, members, rule)
    assert block.centers[1, :, :n].tobytes() == center.tobytes()
    assert block.rules[1].tobytes() == state.tobytes()
    assert (block.rules[0] == 0).all()


def test_a_round_without_rows_moves_nobody():
    problem = replace(PROBLEMS["momentum"], batch=0, rounds=2)
    block = run(problem, 2)
    n = problem.network.n_weights
    assert block.centers[1, 0, :n].tobytes() == problem.start.tobytes()


@pytest.mark.parametrize("members", [1, 2, 3])
def test_a_weight_that_is_not_finite_ends_the_block_in_its_round(members):
    problem = replace(PROBLEMS["momentum"], solver=SGD(learning_rate=3e12), rounds=5)
    ends = LocalBlock(problem, members).run()
    assert len(set(ends)) == 1
    assert 0 <= ends[0] < problem.rounds
    # The rounds before it are good, and the one that ended it is not.
    center, *_ = plain_rounds(problem, rounds=ends[0] + 1)
    assert not np.isfinite(center[0]).all()
    assert np.isfinite(plain_rounds(problem, rounds=ends[0])[0][0]).all()


@pytest.mark.parametrize("when", ["before it begins", "in the middle"])
def test_a_killed_process_costs_a_block_and_no_bit(when):
    problem = replace(PROBLEMS["several chunks"], rounds=400)
    block = LocalBlock(problem, 3)
    n = problem.network.n_weights

    def part(member):
        if member == 1:
            if when == "in the middle":
                block.take_part(member, 0, 0, 200)
            while True:
                np.zeros(1)
        return block.take_part(member)

    block.words[:] = 0
    with Crew(part, 3) as crew:
        if when == "in the middle":
            while not block.figures[199, 1, 1]:
                pass
        crew.kill(1)
        abort(block.words)
        assert [crew.value(0), crew.value(2)] == [ABORTED, ABORTED]
    assert block.run() == [400] * 3
    whole = run(problem, 1)
    assert block.centers[1, :, :n].tobytes() == whole.centers[1, :, :n].tobytes()
