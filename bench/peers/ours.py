"""fastavg: one round of the round loop an epoch, with its average."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np

import fastavg
from bench.works import MOMENTUM, Work
from fastavg import SGD, Adam, Plan, Regularization
from fastavg.communicators import LocalCommunicator
from fastavg.data.rows import TaskData
from fastavg.data.targets import encode_targets
from fastavg.kernels.blas.openblas import core_name
from fastavg.kernels.warm_up import warm_up
from fastavg.training.algorithms.local_sgd import average, open_board
from fastavg.training.team.team import open_team


def versions() -> dict[str, str]:
    import numba
    import scipy

    return {"fastavg": fastavg.__version__, "numba": numba.__version__, "numpy": np.__version__,
            "scipy": scipy.__version__, "fastavg's BLAS kernels": core_name()}


class Ours:
    """``option`` is workers/processes[/rounds in an epoch]."""

    def __init__(self, work: Work, option: str, threads: int) -> None:
        workers, processes, *more = map(int, option.split("/"))
        self._rounds_per_epoch = more[0] if more else 1
        solver = SGD(work.rate, momentum=MOMENTUM) if work.solver == "sgd" else Adam(work.rate)
        self._plan = Plan(
            workers=workers, epochs=1e6, average_every=1 / self._rounds_per_epoch,
            batch_size=work.batch, solver=solver, regularization=Regularization(0), seed=work.seed,
        )
        network, X_y = work.network, work.data()
        X = np.ascontiguousarray(X_y[0], np.float32)
        Y = encode_targets(X_y[1], network, np.dtype(np.float32), len(X)).Y
        data = TaskData(X, Y, X[:0, 0])
        self._network, self._round = network, 0
        self._rules = np.zeros((2, 0, network.n_weights), np.float32)
        warm_up("float32")
        with contextlib.ExitStack() as stack:
            self._board = stack.enter_context(open_board(network, self._plan, workers, processes))
            self._team = stack.enter_context(open_team(
                network, self._plan, data, self._board, range(workers), processes,
                lambda event: None,
            ))
            self._board.center(0)[0] = network.initial_weights(work.seed)
            self._stack = stack.pop_all()

    def epoch(self) -> float:
        loss = rows = 0.0
        for _ in range(self._rounds_per_epoch):
            round_loss, round_rows = self.round()
            loss, rows = loss + round_loss, rows + round_rows
        return loss / rows if rows else math.nan

    def round(self) -> tuple[float, float]:
        """Tasks out, reports in, slots averaged; summed loss and number of rows."""
        reports = self._team.run(self._round)
        average(self._board, self._round, reports, self._plan, self._rules, LocalCommunicator())
        self._round += 1
        return sum(each.loss for each in reports), sum(each.weight for each in reports)

    def accuracy(self, X: Any, y: Any) -> float:
        weights = self._board.center(self._round)[0].copy()
        classes = np.arange(self._network.layer_sizes[-1])
        return fastavg.Model(self._network, weights, classes).score(X, y)

    def close(self) -> None:
        self._stack.close()


make = Ours
