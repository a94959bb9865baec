"""Blocks of gradient averaging by panels: one worker with the whole batch, whoever computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.kernels.blocks.barrier import abort
from fastavg.kernels.blocks.records import ABORTED
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adagrad, Adam, AdamW, Nadam, RMSProp
from tests.kernels.blocks.crew import Crew
from tests.kernels.blocks.problem import PanelBlock, Problem, whole_batches
from tests.problems import TOLERANCE, close

# Kernels may have to be compiled first.
pytestmark = pytest.mark.timeout(600)

SOLVERS = {
    "sgd": SGD(momentum=0), "momentum": SGD(), "nesterov": SGD(nesterov=True), "adam": Adam(),
    "adamw": AdamW(), "rmsprop": RMSProp(momentum=0.5), "adagrad": Adagrad(), "nadam": Nadam(),
}
WIDE = Network((70, 128, 90, 3), "relu")


def run(problem, members):
    block = PanelBlock(problem, members)
    assert block.run() == [problem.rounds] * members
    return block


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", sorted(SOLVERS))
def test_steps_are_those_of_one_worker_with_the_whole_batch(name, dtype):
    problem = Problem(solver=SOLVERS[name], dtype=dtype, weighted=dtype == "float64")
    n = problem.network.n_weights
    vectors, loss, weight = whole_batches(problem)
    block = run(problem, 1)
    assert close(block.centers[1, :, :n], vectors, TOLERANCE[problem.dtype])
    assert np.isclose(block.figures[:, :, 0].sum(), loss, rtol=1e-5)
    assert np.isclose(block.figures[:, :, 1].sum(), weight, rtol=1e-6)
    assert not close(block.centers[1, 0, :n], problem.start, 1e-3)


@pytest.mark.parametrize("members", [2, 3, 8])
@pytest.mark.parametrize("problem", [
    Problem(),
    Problem(WIDE, workers=2, solver=Adam()),
    Problem(WIDE, workers=5, solver=Nadam(), weighted=True, dtype="float64"),
    Problem(Network((40, 200, 3), "silu"), workers=3),
])
def test_the_number_of_processes_changes_no_bit(problem, members):
    n = problem.network.n_weights
    alone, together = run(problem, 1), run(problem, members)
    assert together.centers[1, :, :n].tobytes() == alone.centers[1, :, :n].tobytes()
    assert np.isnan(together.centers[1, :, n:]).all()
    assert (together.figures[:, :, :2] == alone.figures[:, :, :2]).all()


@pytest.mark.parametrize("cuts", [(1, 5), (2, 3, 1)])
@pytest.mark.parametrize("solver", ["adam", "nadam", "momentum"])
def test_blocks_of_any_length_have_the_same_bits(solver, cuts):
    problem = Problem(WIDE, solver=SOLVERS[solver])
    n = problem.network.n_weights
    block, first = PanelBlock(problem, 2), 0
    for turn, rounds in enumerate(cuts):
        assert block.run(turn, first, rounds) == [rounds, rounds]
        first += rounds
    whole = run(problem, 1)
    last = len(cuts) % 2
    assert block.centers[last, :, :n].tobytes() == whole.centers[1, :, :n].tobytes()


@pytest.mark.parametrize("steps", [1, 3])
def test_a_weight_that_is_not_finite_ends_the_block_in_its_round(steps):
    problem = Problem(solver=SGD(learning_rate=3e12), steps_per_round=steps)
    ends = {members: PanelBlock(problem, members).run() for members in (1, 2)}
    assert 0 <= ends[1][0] < problem.rounds
    assert ends[2] == ends[1] * 2


def test_a_killed_process_costs_a_block_and_no_bit():
    problem = replace(Problem(WIDE, workers=5), rounds=400)
    block = PanelBlock(problem, 3)
    n = problem.network.n_weights

    def part(member):
        if member == 1:
            block.take_part(member, 0, 0, 200)
            while True:
                np.zeros(1)
        return block.take_part(member)

    with Crew(part, 3) as crew:
        while not block.figures[199, 1, 1]:
            pass
        crew.kill(1)
        abort(block.words)
        assert [crew.value(0), crew.value(2)] == [ABORTED, ABORTED]
    assert block.run() == [400] * 3
    whole = run(problem, 1)
    assert block.centers[1, :, :n].tobytes() == whole.centers[1, :, :n].tobytes()
