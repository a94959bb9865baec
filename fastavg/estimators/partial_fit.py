"""``partial_fit``: one epoch a call, as if all calls were one run."""

from __future__ import annotations

import math
from typing import Any

from sklearn.utils.metaestimators import available_if

from fastavg.communicators import connect
from fastavg.errors import ConfigError
from fastavg.estimators.held_out import FitData
from fastavg.estimators.nesting import processes_of
from fastavg.estimators.parts import STOCHASTIC
from fastavg.estimators.planning import dtype_of, plan_of, seed_of
from fastavg.plan.execution import Execution
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.train import train_run


def in_steps(estimator: Any) -> bool:
    """True for solvers that go step by step; the others have no ``partial_fit``.

    Raises
    ------
    AttributeError
        If the solver needs all rows at once.
    """
    if estimator.solver in STOCHASTIC or isinstance(estimator.solver, MiniBatch):
        return True
    raise AttributeError(
        f"partial_fit is for solvers that go step by step (sgd, adam); "
        f"{estimator.solver!r} needs all rows at once"
    )


class Incremental:
    """The part of an estimator that goes on where its last call ended."""

    @available_if(in_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Go on for one epoch over these rows.

        Parameters and errors as for :meth:`fit`.
        """
        return self._go_on(self._rows(X, y, sample_weight, not hasattr(self, "weights_")))

    def _go_on(self: Any, rows: FitData) -> Any:
        if self.early_stopping:
            raise ConfigError("partial_fit does not support early_stopping=True")
        network = self._network(rows.X.shape[1], rows.targets)
        store: InMemory | None = getattr(self, "_store", None)
        ranks = connect(self.communicator)
        try:
            if store is None:
                self._seed = seed_of(self.random_state, ranks)
            first = not hasattr(self, "weights_")
            dtype = dtype_of(self.dtype, rows.X) if first else str(self.weights_.dtype)
            plan = plan_of(self, len(rows.X), self._seed, dtype, endless=True)
            run = self._run(network, plan, rows, self._start(network, plan, not first))
            store = store or InMemory()
            watch = EarlyStopping(
                plan.stopping, penalty=self._penalty(network, len(rows.X)),
                report=lambda epoch: True,
            )
            curve = [] if first else list(self.loss_curve_)
            lowest = math.inf if first or self.best_loss_ is None else self.best_loss_
            watch.begin(run.start, curve, [], lowest)
            if store.state is not None:
                watch.skip(store.state.rounds * plan.average_every)
            processes = processes_of(self.processes, network, len(rows.X), 1)
            weights = train_run(run, Execution(processes, ranks), (watch,), store)
        finally:
            if ranks is not self.communicator:
                ranks.close()
        self._store = store
        self.t_ = (0 if first else self.t_) + len(rows.X)
        self.n_iter_ = 1
        self._keep(network, weights)
        self._keep_curves(watch, False)
        return self
