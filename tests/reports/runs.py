"""Folders of finished runs, made by the command's own functions in this process."""

from __future__ import annotations

import numpy as np
from fastavg_cli.commands.results import Results
from fastavg_cli.commands.table_run import run_table
from fastavg_cli.commands.train_run import run

from fastavg.runs.run_folder import RunFolder
from tests.reports.tables import frame


def table_folder(place, target="price"):
    """The run of a table in ``place / target``."""
    data = place / f"{target}.csv"
    made = frame().assign(same=1, who=[f"row {at}" for at in range(len(frame()))])
    if target == "dear":
        made["dear"] = np.where(made.pop("price") > 0.5, "yes", "no")
    made.to_csv(data, index=False)
    given = {
        "data": {"file": str(data), "target": target}, "epochs": 6, "network": {"hidden": [8]},
        "table": {"effort": "fast", "members": 2, "id": "who"}, "execution": {"processes": 1},
    }
    run_table(given, Results(json=True, quiet=True, run=place / target))
    return RunFolder(place / target)


def plain_folder(place):
    """The run of a plain network in ``place / plain``."""
    random = np.random.default_rng(0)
    X = random.normal(50, 9, (200, 3))
    np.savez(place / "d.npz", X=X, y=(X[:, 0] > 50).astype(int) + (X[:, 1] > 60))
    given = {
        "data": {"file": str(place / "d.npz")}, "epochs": 60, "network": {"hidden": [6]},
        "workers": 2, "execution": {"processes": 1},
    }
    run(given, None, Results(json=True, quiet=True, run=place / "plain"), False)
    return RunFolder(place / "plain")
