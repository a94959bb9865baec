"""fastavg: one round of the round loop an epoch, with its average."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np

import fastavg
from bench.workloads import MOMENTUM, Workload
from fastavg import SGD, Adam, Execution, Plan, Regularization
from fastavg.kernels.blas.openblas import core_name
from fastavg.kernels.numerics.subnormals import subnormals_are_zero
from fastavg.training.algorithms.local_sgd import LocalSGD
from fastavg.training.observers.events import Observer, RoundFinished
from fastavg.training.run import Run
from fastavg.training.session import open_session
from fastavg.training.train import compile_kernels, prepare_rows


def versions() -> dict[str, str]:
    import numba
    import scipy

    return {"fastavg": fastavg.__version__, "numba": numba.__version__, "numpy": np.__version__,
            "scipy": scipy.__version__, "fastavg's BLAS kernels": core_name()}


class LastRound(Observer):
    """The figures of the round that has just ended."""

    def on_round(self, event: RoundFinished) -> None:
        self.loss, self.rows = event.loss * event.rows, event.rows


class Ours:
    """``option`` is workers/processes[/rounds in an epoch[/products]]."""

    def __init__(self, work: Workload, option: str, threads: int) -> None:
        parts = option.split("/")
        workers, processes, self._rounds_per_epoch = (
            int(part) for part in [*parts, "1"][:3]
        )
        solver = SGD(work.rate, momentum=MOMENTUM) if work.solver == "sgd" else Adam(work.rate)
        plan = Plan(
            workers=workers, epochs=1e6, average_every=1 / self._rounds_per_epoch,
            batch_size=work.batch, solver=solver, regularization=Regularization(l2=0.0),
            seed=work.seed, products=parts[3] if len(parts) > 3 else "float32",
        )
        rows, _ = prepare_rows(work.network, plan, *work.data())
        self._run = Run(work.network, plan, rows, work.network.initial_weights(work.seed))
        self._last = LastRound()
        compile_kernels(self._run)
        self._stack = contextlib.ExitStack()
        # As in every training: a session alone leaves the thread as it is.
        self._stack.enter_context(subnormals_are_zero())
        self._session = self._stack.enter_context(open_session(
            self._run, Execution(processes, observers=(self._last,))
        ))
        self._rounds, self._algorithm = self._session.to_come(), LocalSGD()

    def epoch(self) -> float:
        loss = rows = 0.0
        for _ in range(self._rounds_per_epoch):
            round_loss, round_rows = self.round()
            loss, rows = loss + round_loss, rows + round_rows
        return loss / rows if rows else math.nan

    def round(self) -> tuple[float, float]:
        """Orders out, reports in, slots averaged; summed loss and number of rows."""
        self._algorithm.round(self._session, next(self._rounds))
        return self._last.loss, self._last.rows

    def accuracy(self, X: Any, y: Any) -> float:
        network = self._run.network
        classes = np.arange(network.layer_sizes[-1])
        return fastavg.Model(network, self._session.published().copy(), classes).score(X, y)

    def close(self) -> None:
        self._stack.close()


make = Ours
