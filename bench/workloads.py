"""The work that is measured: networks with batch, rows and optimizer, and rows to train on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fastavg import Network

LEARNING_RATE = {"sgd": 0.01, "adam": 0.001}
MOMENTUM = 0.9
# Floating-point operations of one turn: a turn much shorter than that is mostly noise.
FLOPS_PER_TURN = 8e9


@dataclass(frozen=True)
class Workload:
    """A network and how one epoch of it goes; the same for everybody."""

    name: str
    layer_sizes: tuple[int, ...]
    batch: int
    rows: int
    activation: str = "relu"
    output: str = "softmax"
    solver: str = "sgd"
    source: str = "drawn"
    learning_rate: float = 0.0
    seed: int = 0

    @property
    def network(self) -> Network:
        return Network(self.layer_sizes, self.activation, self.output)

    @property
    def rate(self) -> float:
        return self.learning_rate or LEARNING_RATE[self.solver]

    @property
    def flops(self) -> int:
        """Of one epoch, by the textbook count."""
        return self.network.flops_per_row * self.rows

    @property
    def epochs_per_turn(self) -> int:
        return max(1, round(FLOPS_PER_TURN / self.flops))

    @property
    def title(self) -> str:
        sizes = "-".join(map(str, self.layer_sizes))
        return f"{sizes}, batch {self.batch}, {self.rows:,} rows, {self.activation}, {self.solver}"

    def tiny(self) -> Workload:
        """The same network on a few batches, the last one short."""
        return replace(self, rows=min(self.rows, 3 * self.batch + 1))

    def data(self) -> tuple[NDArray[np.float32], NDArray[np.generic]]:
        """X (rows, features) and y (rows,): classes, or numbers for a regression.

        Drawn targets come from a linear teacher, so that there is something to learn.
        """
        if self.source == "fashion":
            from bench.fashion_mnist import training_rows

            return training_rows()
        random = np.random.default_rng(7)
        inputs, outputs = self.layer_sizes[0], self.layer_sizes[-1]
        X = random.standard_normal((self.rows, inputs), dtype=np.float32)
        z = X @ (random.standard_normal((inputs, outputs), dtype=np.float32) / np.sqrt(inputs))
        if self.output == "identity":
            return X, np.tanh(z[:, 0])
        return X, z.argmax(axis=1)


WORKLOADS = {work.name: work for work in (
    Workload("a", (20, 64, 64, 2), 64, 100_000),
    Workload("b", (400, 25, 10), 32, 3_500, "logistic"),
    Workload("c", (784, 256, 128, 10), 128, 60_000),
    Workload("d", (784, 1024, 1024, 10), 256, 20_000),
    Workload("e", (784, 2500, 2000, 1500, 1000, 500, 10), 256, 4_096),
    Workload("f", (54, 128, 128, 1), 100, 20_000, "tanh", "identity", "adam"),
    # Shapes that nothing was tuned on.
    Workload("g", (128, 300, 300, 300, 26), 50, 20_000, "tanh"),
    Workload("h", (1500, 400, 47), 200, 15_000, solver="adam"),
    Workload("i", (13, 50, 50, 3), 16, 20_000, "logistic"),
    Workload("j", (37, 48, 96, 4), 50, 20_000),
)}
