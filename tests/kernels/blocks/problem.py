"""A small training problem: in blocks by several processes, and round by round without any."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np

from fastavg.averaging.momentum import SlowMo
from fastavg.kernels.blocks.barrier import WORDS, Barrier, looks_before_sleep, naps
from fastavg.kernels.blocks.gradient_memory import GradientMemory
from fastavg.kernels.blocks.gradient_steps import average_gradients
from fastavg.kernels.blocks.local_rounds import LocalMemory, average_rounds
from fastavg.kernels.blocks.panel_steps import average_panels
from fastavg.kernels.blocks.records import (
    AVERAGE,
    KEEP,
    RESET,
    OuterRule,
    PanelMemory,
    Regular,
    Share,
    Steps,
    Training,
)
from fastavg.kernels.blocks.rules import MEAN, OUTER_MOMENTUM
from fastavg.kernels.blocks.segments import chunks_of, part_of, pieces_of, segments_of
from fastavg.kernels.means.exact import CHUNK, mean
from fastavg.kernels.network.layout import Samples
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import train_steps
from fastavg.networks.aligned import aligned
from fastavg.networks.column_panels import UNIT_WITH_BIASES, column_panels, input_numbers
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.solvers import SGD, MiniBatch, Regularization
from tests.kernels.blocks.crew import SharedArrays, run_crew
from tests.problems import row_weights, rows_for, weights_of

PATIENCE = naps(60)
NETWORK = Network((5, 33, 7, 3), "tanh")


@dataclass(frozen=True)
class Problem:
    """Workers, their batches (some without a row) and everything else that a run needs."""

    network: Network = NETWORK
    dtype: str = "float32"
    workers: int = 4
    rounds: int = 6
    steps_per_round: int = 3
    batch: int = 5
    solver: MiniBatch = field(default_factory=SGD)
    regular: Regularization = field(default_factory=Regularization)
    l2: float = 0.01
    mode: int = AVERAGE
    weighted: bool = False
    seed: int = 0

    @cached_property
    def data(self):
        X, Y = rows_for(self.network, 200, self.seed, "classes", self.dtype)
        weights = row_weights(200, self.seed, self.dtype) if self.weighted else X[:0, 0]
        return X, Y, np.ascontiguousarray(weights)

    @cached_property
    def start(self):
        return weights_of(self.network, self.seed, self.dtype)

    @cached_property
    def batches(self):
        """For every worker the order of its rows and where its batches begin."""
        random = np.random.default_rng(self.seed)
        steps = self.rounds * self.steps_per_round
        made = []
        for worker in range(self.workers):
            lengths = np.full(steps, self.batch)
            # Short and empty batches, as the last of an epoch may be.
            lengths[worker::5] = min(self.batch, worker % 3)
            made.append((
                random.integers(0, 200, lengths.sum()),
                np.column_stack([np.cumsum(lengths) - lengths, lengths]),
            ))
        return made

    @cached_property
    def bounds(self):
        return np.arange(self.rounds + 1) * self.steps_per_round

    @cached_property
    def rates(self):
        return self.solver.learning_rate * np.linspace(1, 0.5, int(self.bounds[-1]))

    @cached_property
    def keys(self):
        return np.arange(self.workers, dtype=np.uint64) * np.uint64(977) + np.uint64(self.seed)

    def space(self):
        return Workspace(
            self.network, self.batch, self.dtype, self.solver.n_vectors,
            dropped=self.drops[1:].tolist(),
        )

    @property
    def drops(self):
        return self.regular.drops(len(self.network.shapes) - 1)

    def hyper(self, first, steps):
        return self.solver._hyper(first, steps)


def train_one(problem, space, worker, first, stop):
    """What a worker does in steps ``first`` to ``stop``, as ``MiniBatch.train`` does it."""
    order, steps = problem.batches[worker]
    before = 0 if problem.mode == RESET else first
    hyper = problem.hyper(before, stop - first)
    hyper[STEP_AT] = before
    given = (
        space.loss, problem.solver.code(problem.dtype), hyper, problem.rates[first:stop],
        problem.l2, space.theta, space.state, space.scratch, Samples(*problem.data, order),
        steps[first:stop],
    )
    if problem.regular.active:
        return train_steps_regular(
            space.layers, space.back, *given, problem.regular.limits(), problem.drops,
            problem.keys[worker], first,
        )
    return train_steps(space.layers, *given)


def plain_rounds(problem, rule=None, rounds=None):
    """The centers of all rounds, workers' kept states and figures, one round after another."""
    space, K, n = problem.space(), problem.workers, problem.network.n_weights
    vectors = 1 + problem.solver.n_vectors
    center = np.zeros((vectors, n), problem.dtype)
    center[0] = problem.start
    kept = np.zeros((K, vectors, n), problem.dtype)
    rule_state = np.zeros((rule.n_vectors if rule else 0, n), problem.dtype)
    slots = np.zeros((K, vectors, n), problem.dtype)
    figures = []
    for round in range(problem.rounds if rounds is None else rounds):
        first, stop = problem.bounds[round], problem.bounds[round + 1]
        figures.append([])
        for worker in range(K):
            repack(space.dense, center[0], space.layers, space.theta)
            source = {AVERAGE: center, KEEP: kept[worker], RESET: np.zeros_like(center)}
            for v in range(1, vectors):
                repack(space.dense, source[problem.mode][v], space.layers, space.state[v - 1])
            figures[-1].append(train_one(problem, space, worker, first, stop))
            repack(space.layers, space.theta, space.dense, slots[worker, 0])
            for v in range(1, vectors):
                repack(space.layers, space.state[v - 1], space.dense, slots[worker, v])
        kept = slots.copy()
        weights = [weight for _, weight in figures[-1]]
        total = sum(weights)
        if total == 0:
            continue
        shares = np.array([weight / total for weight in weights])
        following = center.copy()
        for v in range(vectors if problem.mode == AVERAGE else 1):
            starts = (np.arange(K) * vectors + v) * n
            mean(slots.reshape(-1), starts, shares, following[v])
        if rule:
            rule.step(center[0], following[0], rule_state, round)
        center = following
    return center, kept, rule_state, np.array(figures)


def common(problem, space, member, members, words, own, order):
    """A member's barrier, share, training and regularization."""
    return (
        Barrier(words, members, looks_before_sleep(members, 2), PATIENCE),
        Share(member, *part_of(member, members, problem.workers), *own),
        Training(
            space.layers, space.dense, space.loss, problem.solver.code(problem.dtype),
            problem.l2, space.scratch, Samples(*problem.data, order),
        ),
        Regular(space.back, problem.regular.limits(), problem.drops, problem.keys)
        if problem.regular.active else None,
    )


def order_and_steps(problem, member, members, first, rounds):
    """The rows of a member's workers, one after the other, and their steps in some rounds."""
    rounds = problem.rounds - first if rounds is None else rounds
    begin, end = part_of(member, members, problem.workers)
    bounds = problem.bounds[first : first + rounds + 1]
    orders, tables, at = [np.zeros(0, np.int64)], [], 0
    for order, steps in problem.batches[begin:end]:
        tables.append(steps[bounds[0] : bounds[-1]] + np.array([at, 0]))
        orders.append(order)
        at += len(order)
    table = np.array(tables, np.int64).reshape(end - begin, bounds[-1] - bounds[0], 2)
    before = 0 if problem.mode == RESET else int(bounds[0])
    hyper = problem.hyper(before, int(bounds[-1] - bounds[0]))
    hyper[STEP_AT] = before
    return np.concatenate(orders), Steps(
        table, bounds - bounds[0], problem.rates[bounds[0] : bounds[-1]], hyper, int(bounds[0]),
    )


@cache
def load_kernels(kind, dtype, regular, ruled):
    """Load the kernels here, so that processes that are forked need not do it one by one."""
    problem = Problem(
        dtype=dtype, rounds=1, workers=1,
        regular=Regularization(l1=0.1) if regular else Regularization(),
    )
    rule = (SlowMo(),) if ruled else ()
    kind(problem, 1, *rule).take_part(0)


class LocalBlock:
    """Shared memory for blocks of a problem, and the call of one member."""

    def __init__(self, problem, members, rule=None):
        self.problem, self.members, self.rule = problem, members, rule
        make, K, dtype = SharedArrays(), problem.workers, problem.dtype
        space = problem.space()
        n, vectors, size = problem.network.n_weights, 1 + problem.solver.n_vectors, space.theta.size
        width = n + 13
        self.words = make(WORDS, np.int32)
        self.slots = make((K, vectors, size), dtype)
        self.centers = make((2, vectors, width), dtype)
        self.kept = make((2, K, vectors, width), dtype)
        self.rules = make((2, rule.n_vectors if rule else 0, n), dtype)
        self.figures = make((problem.rounds, K, 3), np.float64)
        self.spent = make((members, 3), np.float64)
        self.centers[0, 0, :n] = problem.start
        # Rubbish where nothing may be read.
        self.slots[:], self.centers[1], self.kept[1] = np.nan, np.nan, np.nan

    def take_part(self, member, turn=0, first=0, rounds=None):
        """One member's part in a block of rounds, reading buffer ``turn % 2``."""
        problem, space = self.problem, self.problem.space()
        segments = segments_of(space.dense, space.layers)
        now, following = turn % 2, (turn + 1) % 2
        order, steps = order_and_steps(problem, member, self.members, first, rounds)
        own = chunks_of(member, self.members, segments)
        return average_rounds(
            *common(problem, space, member, self.members, self.words, own, order),
            steps,
            segments,
            OuterRule(
                rule_code(self.rule, problem.dtype), rule_hyper(self.rule),
                self.rules[now], self.rules[following],
            ),
            LocalMemory(
                self.slots, problem.mode, first == 0, self.centers[now], self.centers[following],
                self.kept[now], self.kept[following], self.figures[first:], self.spent,
            ),
        )

    def run(self, turn=0, first=0, rounds=None):
        """A whole block; what every member returned."""
        problem = self.problem
        load_kernels(type(self), problem.dtype, problem.regular.active, self.rule is not None)
        self.words[:] = 0
        return run_crew(lambda member: self.take_part(member, turn, first, rounds), self.members)


class GradientBlock:
    """As :class:`LocalBlock`, for blocks of gradient averaging."""

    def __init__(self, problem, members):
        self.problem, self.members = problem, members
        make, K, dtype = SharedArrays(), problem.workers, problem.dtype
        n, vectors = problem.network.n_weights, 1 + problem.solver.n_vectors
        size = problem.space().theta.size
        self.words = make(WORDS, np.int32)
        self.theta, self.state = make(size, dtype), make((vectors - 1, size), dtype)
        self.gradients = make((K, size), dtype)
        self.totals, self.squares = make(K, np.float64), make(-(-size // CHUNK), np.float64)
        self.centers = make((2, vectors, n + 13), dtype)
        self.figures = make((problem.rounds, K, 3), np.float64)
        self.spent = make((members, 3), np.float64)
        self.centers[0, 0, :n] = problem.start
        self.centers[1], self.totals[:], self.squares[:] = np.nan, np.nan, np.nan

    def take_part(self, member, turn=0, first=0, rounds=None):
        """One member's part in a block of rounds, reading buffer ``turn % 2``."""
        problem, space = self.problem, self.problem.space()
        order, steps = order_and_steps(problem, member, self.members, first, rounds)
        return average_gradients(
            *common(
                problem, space, member, self.members, self.words,
                part_of(member, self.members, self.squares.size), order,
            ),
            steps, segments_of(space.dense, space.layers),
            pieces_of(space.layers, space.theta.size),
            GradientMemory(
                self.theta, self.state, self.gradients, self.totals, self.squares,
                self.centers[turn % 2], self.centers[(turn + 1) % 2], self.figures[first:],
                self.spent, True, True,
            ),
        )

    def run(self, turn=0, first=0, rounds=None):
        """A whole block; what every member returned."""
        problem = self.problem
        load_kernels(type(self), problem.dtype, problem.regular.active, False)
        self.words[:] = 0
        return run_crew(lambda member: self.take_part(member, turn, first, rounds), self.members)


class PanelBlock:
    """As :class:`GradientBlock`, by panels."""

    def __init__(self, problem, members):
        self.problem, self.members = problem, members
        make, K, dtype = SharedArrays(), problem.workers, problem.dtype
        n, vectors = problem.network.n_weights, 1 + problem.solver.n_vectors
        self.panels = column_panels(problem.network, problem.batch, dtype)
        size = self.panels.size
        self.words = make(WORDS, np.int32)
        self.theta, self.state = make(size, dtype), make((vectors - 1, size), dtype)
        self.blocks = make((2, K, self.panels.block), dtype)
        self.totals = make(K, np.float64)
        self.centers = make((2, vectors, n + 13), dtype)
        self.figures = make((problem.rounds, K, 3), np.float64)
        self.spent = make((members, 3), np.float64)
        self.centers[0, 0, :n] = problem.start
        # Rubbish where nothing may be read.
        for rubbish in (
            self.theta, self.state, self.blocks, self.centers[1], self.totals,
        ):
            rubbish[:] = np.nan

    def take_part(self, member, turn=0, first=0, rounds=None):
        """One member's part in a block of rounds, reading buffer ``turn % 2``."""
        problem, space = self.problem, self.problem.space()
        order, steps = order_and_steps(problem, 0, 1, first, rounds)
        barrier, share, training, _ = common(
            problem, space, member, self.members, self.words, (0, 0), order
        )
        width = input_numbers(self.panels)
        return average_panels(
            barrier, share, training, steps, self.panels,
            PanelMemory(
                self.theta, self.state, self.blocks, self.totals,
                self.centers[turn % 2], self.centers[(turn + 1) % 2], self.figures[first:],
                self.spent, True, True, aligned(problem.workers * width, problem.dtype).reshape(
                    problem.workers, width
                ),
                aligned(problem.workers * UNIT_WITH_BIASES, problem.dtype).reshape(
                    problem.workers, UNIT_WITH_BIASES
                ),
            ),
        )

    def run(self, turn=0, first=0, rounds=None):
        """A whole block; what every member returned."""
        problem = self.problem
        load_kernels(type(self), problem.dtype, False, False)
        self.words[:] = 0
        return run_crew(lambda member: self.take_part(member, turn, first, rounds), self.members)


def whole_batches(problem):
    """Weights and state of one worker that takes every step with all workers' rows."""
    space = Workspace(
        problem.network, problem.workers * problem.batch, problem.dtype,
        problem.solver.n_vectors,
    )
    repack(space.dense, problem.start, space.layers, space.theta)
    orders, lengths = [], []
    for s in range(int(problem.bounds[-1])):
        parts = [order[steps[s, 0] :][: steps[s, 1]] for order, steps in problem.batches]
        orders.append(np.concatenate(parts))
        lengths.append(len(orders[-1]))
    steps = np.column_stack([np.cumsum(lengths) - lengths, lengths])
    hyper = problem.hyper(0, len(steps))
    given = (
        space.loss, problem.solver.code(problem.dtype), hyper, problem.rates, problem.l2,
        space.theta, space.state, space.scratch,
        Samples(*problem.data, np.concatenate(orders)), steps,
    )
    if problem.regular.active:
        loss, weight = train_steps_regular(
            space.layers, space.back, *given, problem.regular.limits(), problem.drops,
            problem.keys[0], 0,
        )
    else:
        loss, weight = train_steps(space.layers, *given)
    vectors = np.zeros((1 + problem.solver.n_vectors, problem.network.n_weights), problem.dtype)
    for source, target in zip([space.theta, *space.state], vectors):
        repack(space.layers, source, space.dense, target)
    return vectors, loss, weight


def rule_code(rule, dtype):
    return OUTER_MOMENTUM.address(dtype) if rule else MEAN


def rule_hyper(rule):
    return np.array([rule.momentum, rule.rate, rule.nesterov], float) if rule else np.zeros(0)
