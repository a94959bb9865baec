"""Data files and trainers for the tests of the search."""

from __future__ import annotations

import numpy as np

from fastavg.tuning.plain_trainer import PlainTrainer
from fastavg.tuning.space import Tried
from fastavg.tuning.table_trainer import TableTrainer
from tests.cli.commands.models import numbers

SMALL = {"epochs": 4, "workers": 1, "execution": {"processes": 1}}


def arrays(folder, rows=120):
    """A file with arrays and a class that depends on the first column."""
    X = np.random.default_rng(0).normal(size=(rows, 4))
    np.savez(folder / "d.npz", X=X, y=(X[:, 0] > 0).astype(int))
    return str(folder / "d.npz")


def plain(folder, **more):
    """A trainer of small plain networks."""
    return PlainTrainer({**SMALL, "data": {"file": arrays(folder)}, **more})


def of_table(folder, **more):
    """A trainer of one small network for a table."""
    numbers(120).to_csv(folder / "t.csv", index=False)
    return TableTrainer({
        **SMALL, "data": {"file": str(folder / "t.csv"), "target": "kind"},
        "table": {"effort": "fast"}, "network": {"hidden": [8]}, **more,
    })


class Known:
    """A trainer whose scores are known: the nearer x is to 0.3, the better."""

    figure, epochs = "nearness", 10

    def __init__(self, given=None, fails=()):
        self.given, self.tried, self.fails = given or {"seed": 0}, [], list(fails)

    def space(self):
        return (
            Tried("regularization.l2", 0.0, 1.0, first=0.9),
            Tried("network.activation", choices=("relu", "tanh")),
        )

    def score(self, config, tell):
        self.tried.append(config)
        if self.fails and self.fails[0] == len(self.tried):
            self.fails.pop(0)
            raise KeyboardInterrupt
        nearness = -abs(config["regularization"]["l2"] - 0.3)
        nearness -= 0.01 * (config["network"]["activation"] == "tanh")
        for epoch in range(1, self.epochs + 1):
            if tell(epoch, nearness - 0.1 * (self.epochs - epoch)):
                return nearness - 1
        return nearness

    def effective(self, config):
        return config
