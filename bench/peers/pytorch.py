"""PyTorch: rows as one tensor, indexed batch by batch, without a DataLoader's copies.

The optimizer has several implementations; each is tried on a few steps and the
fastest is kept.  ``compile`` compiles the loss with its gradient; ``bfloat16`` runs
it under autocast.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from bench.workloads import MOMENTUM, Workload

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "logistic": nn.Sigmoid}
VARIANTS: tuple[dict[str, bool], ...] = ({"foreach": False}, {"foreach": True}, {"fused": True})
TRIAL_STEPS = 20


def versions() -> dict[str, str]:
    return {"torch": torch.__version__}


def network(work: Workload) -> nn.Sequential:
    """The layers, with fastavg's own first weights."""
    modules: list[nn.Module] = []
    for matrix, bias in work.network.views(work.network.initial_weights(0)):
        layer = nn.Linear(*matrix.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(matrix.T.copy()))
            layer.bias.copy_(torch.from_numpy(bias.copy()))
        modules += [layer, ACTIVATIONS[work.activation]()]
    return nn.Sequential(*modules[:-1])


def loss_of(model: nn.Module, work: Workload) -> Callable[[Any, Any], Any]:
    if work.output == "identity":
        return lambda x, y: 0.5 * nn.functional.mse_loss(model(x)[:, 0], y)
    return lambda x, y: nn.functional.cross_entropy(model(x), y)


def optimizer(model: nn.Module, work: Workload, variant: dict[str, bool]) -> torch.optim.Optimizer:
    if work.solver == "adam":
        return torch.optim.Adam(model.parameters(), work.rate, **variant)
    return torch.optim.SGD(model.parameters(), work.rate, momentum=MOMENTUM, **variant)


def fastest_variant(work: Workload) -> dict[str, bool]:
    model = network(work)
    x = torch.zeros(1, work.layer_sizes[0])
    model(x).sum().backward()
    seconds = []
    for variant in VARIANTS:
        update = optimizer(model, work, variant)
        update.step()
        started = time.perf_counter()
        for _ in range(TRIAL_STEPS):
            update.step()
        seconds.append(time.perf_counter() - started)
    return VARIANTS[seconds.index(min(seconds))]


class Eager:
    def __init__(self, work: Workload, option: str, threads: int) -> None:
        torch.manual_seed(0)
        torch.set_num_threads(threads)
        X, y = work.data()
        self._X, self._y, self._batch = torch.from_numpy(X), torch.from_numpy(y), work.batch
        self._model = network(work)
        self._loss = loss_of(self._model, work)
        if option.endswith("bfloat16"):
            self._loss = torch.autocast("cpu", torch.bfloat16)(self._loss)
        if option.startswith("compile"):
            # A short last batch is another shape: two compiled versions, not one for any shape.
            self._loss = torch.compile(self._loss, dynamic=False)
        self._update = optimizer(self._model, work, fastest_variant(work))

    def epoch(self) -> float:
        rows = len(self._X)
        order, total = torch.randperm(rows), torch.zeros(())
        for chosen in order.split(self._batch):
            self._update.zero_grad()
            loss = self._loss(self._X[chosen], self._y[chosen])
            loss.backward()
            self._update.step()
            total += loss.detach() * len(chosen)
        return float(total) / rows

    def accuracy(self, X: Any, y: Any) -> float:
        with torch.no_grad():
            return float((self._model(torch.from_numpy(X)).argmax(1).numpy() == y).mean())

    def close(self) -> None:
        torch.compiler.reset()


make = Eager
