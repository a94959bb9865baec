"""How much the score of one command depends on the number of CPUs, in points of accuracy or R².

    python bench/campaigns/cpu_spread.py
    python bench/campaigns/cpu_spread.py --tables

The command believes in 1 to 192 CPUs; one process computes, which changes no bit.  With
``--tables`` the first four sets are CSV files, which networks for tables are trained on; otherwise
all are arrays, which plain networks are trained on.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_friedman1

from fastavg.datasets import load_digits5k
from fastavg.machine import resources

CPUS = (1, 2, 3, 4, 8, 16, 32, 64, 128, 192)
# Networks for tables take longer, and ask for the CPUs in one place alone.
CPUS_OF_TABLES = (1, 2, 192)
_cpus = 1


def _usable_cpus():
    return _cpus


# Whoever imports it from here on gets this one.
resources.usable_cpus = _usable_cpus


def houses(rows=1500):
    """Prices of houses in dollars; a line through one feature explains 97 % of them."""
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 4))
    return X, (180_000 + 60_000 * X[:, 0] + 9_000 * random.normal(size=rows)).astype(int)


def data_sets():
    """Rows, targets and options by name; the last three are large enough for several workers."""
    return {
        "iris": (*load_iris(return_X_y=True), ()),
        "digits 8x8": (*load_digits(return_X_y=True), ()),
        "diabetes": (*load_diabetes(return_X_y=True), ()),
        "house prices": (*houses(), ()),
        "house prices, 200 epochs": (*houses(), ("--epochs", "200")),
        "friedman": (*make_friedman1(6000, noise=1.0, random_state=0), ()),
        "digits 20x20": (*load_digits5k(), ()),
    }


def write(folder, X, y, as_table):
    """The data as a file, and the options that name it."""
    if not as_table:
        np.savez(folder / "data.npz", X=X, y=y)
        return [folder / "data.npz"]
    names = [f"f{number}" for number in range(X.shape[1])]
    lines = [",".join([*names, "y"])]
    lines += [",".join(map(repr, [*map(float, row), y.item(at)])) for at, row in enumerate(X)]
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    return [folder / "data.csv", "--target", "y"]


def score(arguments, cpus):
    """Points of the test score, and the workers that were chosen, on so many CPUs."""
    global _cpus
    from fastavg_cli.app import app
    from fastavg_cli.process.exits import run

    _cpus = cpus
    text = io.StringIO()
    with contextlib.redirect_stdout(text), contextlib.redirect_stderr(io.StringIO()):
        code = run(app, ["train", *map(str, arguments), "--processes", "1", "--json"])
    if code:
        raise SystemExit(f"exit code {code} of {arguments} on {cpus} CPUs")
    end = json.loads(text.getvalue().splitlines()[-1])
    found = end["accuracy"] if "accuracy" in end else end["r2"]
    return 100 * found, end.get("workers")


def main(as_table):
    """One record for each data set."""
    sets = list(data_sets().items())
    counts = CPUS_OF_TABLES if as_table else CPUS
    for name, (X, y, more) in sets[:4] if as_table else sets:
        with tempfile.TemporaryDirectory() as folder:
            file = write(Path(folder), X, y, as_table)
            ends = {cpus: score([*file, *more], cpus) for cpus in counts}
        scores = [points for points, _ in ends.values()]
        sys.stdout.write(json.dumps({
            "data": name, "form": "table" if as_table else "arrays", "cpus": counts,
            "workers": [workers for _, workers in ends.values()],
            "lowest": round(min(scores), 2), "highest": round(max(scores), 2),
            "spread": round(max(scores) - min(scores), 2),
        }) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main("--tables" in sys.argv[1:])
