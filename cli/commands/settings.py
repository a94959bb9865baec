"""From the options of ``fastavg train`` to a network and a plan."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass

from fastavg import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    BacktrackingSGD,
    ConfigError,
    ConjugateGradient,
    Nadam,
    Network,
    Plan,
    RMSProp,
    Schedule,
)
from fastavg.averaging import rule
from fastavg.data.sampling_schemes import Resample, Sampling, sampling
from fastavg.data.targets import NUMBERS
from fastavg.losses import loss
from fastavg.solvers import Regularization, Solver

# One worker's rate, and the largest.  It grows with the square root of the workers,
# whose averaged step is less noisy, up to where training is no longer steady.
RATES = {
    "sgd": (0.05, 0.2), "adam": (1.6e-3, 8e-3), "adamw": (1.6e-3, 8e-3), "nadam": (1.6e-3, 8e-3),
    "rmsprop": (1e-3, 4e-3), "adagrad": (1e-2, 4e-2),
}
OPTIMIZERS: dict[str, Callable[[float, Schedule], Solver]] = {
    "adam": Adam, "adamw": AdamW, "nadam": Nadam, "rmsprop": RMSProp, "adagrad": Adagrad,
}
# Small data needs small steps, or there are too few of them.
SMALLEST, LARGEST, STEPS = 8, 32, 400


@dataclass(frozen=True)
class Settings:
    """Options as they were given."""

    workers: int | None
    processes: int | None
    hidden: str
    activation: str
    solver: str
    learning_rate: str | None
    schedule: str
    momentum: float
    alpha: float
    batch_size: int | None
    epochs: float
    average_every: float
    averaging: str
    reduction: str
    sampling: str
    fraction: float
    scale: str
    kind: str
    init: str
    dtype: str
    seed: int
    test_size: float
    loss: str | None = None
    warmup: float = 0
    l1: float = 0
    dropout: float = 0
    input_dropout: float = 0
    max_norm: float | None = None
    clip_norm: float | None = None
    output: str = "softmax"
    solver_state: str = "average"
    on_divergence: str = "stop"

    def plan(self, n_rows: int, cpus: int) -> Plan:
        """The plan for that many training rows and usable CPUs.

        Raises
        ------
        ConfigError
            If an option's value is impossible.
        """
        workers = cpus if self.workers is None else self.workers
        if self.processes is not None and self.processes < 1:
            raise ConfigError(
                f"processes is {self.processes}; it must be a whole number of at least 1"
            )
        return Plan(
            workers=workers, epochs=self.epochs, average_every=self.average_every,
            batch_size=self._batch_size(n_rows), solver=self._solver(max(workers, 1)),
            averaging=rule(self.averaging), reduction=self.reduction,
            sampling=self._sampling(), solver_state=self.solver_state,
            init=self.init, seed=self.seed, dtype=self.dtype,
            on_divergence=self.on_divergence, loss=None if self.loss is None else loss(self.loss),
            regularization=Regularization(
                l2=self.alpha, l1=self.l1, dropout=self.dropout, max_norm=self.max_norm,
                input_dropout=self.input_dropout, clip_norm=self.clip_norm,
            ),
        )

    def _sampling(self) -> Sampling:
        drawn = Resample(self.fraction)
        return sampling(self.sampling, **({} if self.sampling == "shards" else asdict(drawn)))

    def network(self, n_features: int, n_outputs: int, target: str) -> Network:
        """The network for data of that form."""
        sizes = (n_features, *self._hidden(), n_outputs)
        names = tuple(name.strip() for name in self.activation.split(","))
        return Network(sizes, names if len(names) > 1 else names[0], self._output(target))

    def _output(self, target: str) -> str:
        usual = "identity" if target == "number" else self.output
        if self.loss is None:
            return usual
        outputs = loss(self.loss).outputs
        chosen = usual if usual in outputs else outputs[0]
        if (chosen in NUMBERS) != (target == "number"):
            other, kind = ("classes", "numbers") if target == "number" else ("numbers", "classes")
            raise ConfigError(
                f"loss {self.loss} is for {other}; the target is taken for {kind} "
                "(--kind says which)"
            )
        return chosen

    def _batch_size(self, n_rows: int) -> int:
        if self.batch_size is not None:
            return self.batch_size
        if self.solver == "cg":
            return 0
        return min(max(n_rows // STEPS, SMALLEST), LARGEST)

    def _solver(self, workers: int) -> Solver:
        if self.solver == "cg":
            return ConjugateGradient()
        if self.solver not in RATES:
            raise ConfigError(f"solver {self.solver!r} is unknown; choose {', '.join(RATES)} or cg")
        schedule = Schedule(self.schedule, warmup=self.warmup)
        if self.learning_rate == "line-search":
            if self.solver != "sgd":
                raise ConfigError(f"learning_rate line-search goes with sgd, not {self.solver}")
            return BacktrackingSGD()
        least, most = RATES[self.solver]
        rate = min(least * math.sqrt(workers), most)
        if self.learning_rate is not None:
            try:
                rate = float(self.learning_rate)
            except ValueError:
                raise ConfigError(
                    f"learning_rate is {self.learning_rate!r}; "
                    "it must be a positive number or line-search"
                ) from None
        if self.solver == "sgd":
            return SGD(rate, schedule, self.momentum)
        return OPTIMIZERS[self.solver](rate, schedule)

    def _hidden(self) -> tuple[int, ...]:
        try:
            return tuple(int(size) for size in self.hidden.split(",") if self.hidden.strip())
        except ValueError:
            raise ConfigError(
                f"hidden is {self.hidden!r}; it must be whole numbers such as 256,128"
            ) from None
