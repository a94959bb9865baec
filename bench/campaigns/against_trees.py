"""Networks for tables beside gradient boosting, on seventeen real tables, all with their defaults.

    python -m bench.campaigns.against_trees measure          # half an hour on one core
    python -m bench.campaigns.against_trees measure --seconds 400       # and later the rest
    python -m bench.campaigns.against_trees write            # turns it into docs/measured/tables.md

Every method fits the same rows of the same splits, on one core and with one thread; seconds are
this process's CPU seconds.  The error is 1 - AUC for classes and the root of the mean squared
error for amounts.  ``measure`` keeps every fit in bench/campaigns/against-trees.json and goes on
where it ended; ``--tables``, ``--seeds`` and ``--methods`` choose a part, and ``--again`` measures
it once more.  LightGBM takes part if it is installed.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from threadpoolctl import threadpool_limits

from bench.campaigns.real_tables import TABLES, RealTable, table
from bench.report.records import machine
from fastavg import TabularClassifier, TabularRegressor

RECORD = Path(__file__).with_name("against-trees.json")
PAGE = Path(__file__).parents[2] / "docs" / "measured" / "tables.md"
SEEDS, RIVAL, OTHER, OURS = (0, 1, 2), "HistGradientBoosting", "LightGBM", "fastavg"
PACKAGES = ("fastavg", "scikit-learn", "lightgbm", "numpy")
MODULES = {"scikit-learn": "sklearn"}


def in_pipeline(model: Any) -> Any:
    """The usual pipeline: medians and indicators, standardised; levels one-hot."""
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = OneHotEncoder(
        min_frequency=10, handle_unknown="infrequent_if_exist", sparse_output=False
    )
    return make_pipeline(make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (levels, make_column_selector(dtype_include="category")),
    ), model)


def methods() -> dict[str, Callable[[bool], Any]]:
    """What takes part, by name; each makes its estimator for classes or amounts."""
    found: dict[str, Callable[[bool], Any]] = {
        RIVAL: lambda c: (HistGradientBoostingClassifier if c else HistGradientBoostingRegressor)(
            categorical_features="from_dtype", random_state=0
        ),
        "random forest": lambda c: in_pipeline(
            (RandomForestClassifier if c else RandomForestRegressor)(random_state=0)
        ),
        "linear": lambda c: in_pipeline(LogisticRegression(max_iter=1000) if c else Ridge()),
        "scikit-learn MLP": lambda c: in_pipeline(
            (MLPClassifier if c else MLPRegressor)(random_state=0)
        ),
        "fastavg fast": lambda c: (TabularClassifier if c else TabularRegressor)(
            "fast", processes=1
        ),
        OURS: lambda c: (TabularClassifier if c else TabularRegressor)(processes=1),
    }
    if find_spec("lightgbm"):
        import lightgbm

        found["LightGBM"] = lambda c: (
            lightgbm.LGBMClassifier if c else lightgbm.LGBMRegressor
        )(verbose=-1, n_jobs=1, random_state=0)
    return found


def one_fit(make: Callable[[bool], Any], data: RealTable, seed: int) -> dict[str, float]:
    """Errors and CPU seconds of one fit."""
    train, test = data.split(seed)
    X, X_test = (data.X.iloc[rows].reset_index(drop=True) for rows in (train, test))
    y, y_test = data.y[train], data.y[test]
    model = make(data.classes)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")
        began = time.process_time()
        model.fit(X, y)
        seconds = time.process_time() - began
        if not data.classes:
            predicted = model.predict(X_test)
            error = float(np.sqrt(np.mean((predicted - y_test) ** 2)))
            return {"error": error, "score": r2_score(y_test, predicted), "seconds": seconds}
        chances = np.clip(model.predict_proba(X_test), 1e-7, 1)
    chances /= chances.sum(axis=1, keepdims=True)
    two = chances.shape[1] == 2
    area = roc_auc_score(y_test, chances[:, 1] if two else chances, multi_class="ovr")
    return {
        "error": 1 - float(area), "score": accuracy_score(y_test, chances.argmax(axis=1)),
        "log_loss": log_loss(y_test, chances, labels=np.arange(chances.shape[1])),
        "seconds": seconds,
    }


def measure(
    names: list[str], seeds: tuple[int, ...], chosen: list[str], seconds: float, again: bool
) -> None:
    """Fit everything that the record does not have yet, seed by seed, until the time is up."""
    began, makers, warm = time.monotonic(), methods(), set[tuple[str, bool]]()
    done = set() if again else set(recorded()["fits"])
    for seed, name in product(seeds, names):
        open_ones = [each for each in chosen if f"{each}/{name}/{seed}" not in done]
        if not open_ones:
            continue
        data = table(name)
        for method in open_ones:
            if time.monotonic() - began > seconds:
                return
            if method.startswith(OURS) and (method, data.classes) not in warm:
                # Whatever is compiled is compiled before the clock runs.
                compile_for(makers[method], data.classes)
                warm.add((method, data.classes))
            fit = one_fit(makers[method], data, seed)
            keep(f"{method}/{name}/{seed}", fit)
            print(f"{method}/{name}/{seed}", fit, flush=True)


def recorded() -> dict[str, Any]:
    """What has been measured so far."""
    return json.loads(RECORD.read_text()) if RECORD.exists() else {"fits": {}}


def keep(key: str, fit: dict[str, float]) -> None:
    """Add a fit to the record, whole or not at all; two runs may measure side by side."""
    with open(RECORD.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        record = recorded()
        record["machine"] = machine()
        record["fits"][key] = {**fit, "processor": record["machine"]["processor"]}
        record["versions"] = {
            **record.get("versions", {}),
            **{each: version(each) for each in PACKAGES if find_spec(MODULES.get(each, each))},
        }
        new = RECORD.with_suffix(".new")
        new.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
        new.replace(RECORD)


def compile_for(make: Callable[[bool], Any], classes: bool) -> None:
    """A first fit and prediction, on a few rows."""
    random = np.random.default_rng(0)
    X = pd.DataFrame({
        "number": random.normal(size=400), "hole": np.where(random.random(400) < 0.2, np.nan, 1.0),
        "level": pd.Categorical(random.choice(["a", "b", "c"], 400)),
        "sign": pd.Categorical(random.choice(["a", "b"], 400)),
    })
    y = (X["number"] > 0).to_numpy()
    model = make(classes).fit(X, y.astype(np.int64) if classes else y.astype(np.float64))
    model.predict(X)


def per_table(record: dict[str, Any], field: str) -> dict[str, dict[str, float]]:
    """Means over splits: method, then table."""
    gathered: dict[str, dict[str, list[float]]] = {}
    for key, fit in record["fits"].items():
        method, name, _ = key.split("/")
        if field in fit:
            gathered.setdefault(method, {}).setdefault(name, []).append(fit[field])
    return {
        method: {name: mean(values) for name, values in tables.items()}
        for method, tables in gathered.items()
    }


def complete(record: dict[str, Any]) -> dict[str, Any]:
    """The record of those splits of every table that all methods have fitted."""
    everyone = {key.split("/")[0] for key in record["fits"]}
    splits: dict[str, set[str]] = {}
    for key in record["fits"]:
        method, split = key.split("/", 1)
        splits.setdefault(split, set()).add(method)
    return {**record, "fits": {
        key: fit for key, fit in record["fits"].items()
        if splits[key.split("/", 1)[1]] == everyone
    }}


def gains(record: dict[str, Any], method: str, rival: str) -> dict[str, float]:
    """By how much a method's error is below a rival's, table by table, mean over splits."""
    found: dict[str, list[float]] = {}
    for key, fit in record["fits"].items():
        who, name, seed = key.split("/")
        other = record["fits"].get(f"{rival}/{name}/{seed}")
        if who == method and other is not None:
            found.setdefault(name, []).append(1 - fit["error"] / other["error"])
    return {name: mean(values) for name, values in found.items()}


def processors_of(record: dict[str, Any], method: str) -> frozenset[str]:
    """Where a method's fits ran."""
    return frozenset(
        fit["processor"] for key, fit in record["fits"].items() if key.startswith(f"{method}/")
    )


def page(whole: dict[str, Any]) -> str:
    """The page of the documentation."""
    record = complete(whole)
    errors, seconds = per_table(record, "error"), per_table(record, "seconds")
    scores = per_table(record, "score")
    order = sorted(errors, key=lambda method: (method != OURS, method))
    names = [name for name in TABLES if name in errors[RIVAL]]
    seeds: dict[str, list[str]] = {}
    for key in record["fits"]:
        method, name, seed = key.split("/")
        if method == OURS:
            seeds.setdefault(name, []).append(seed)
    fewest, most = min(map(len, seeds.values())), max(map(len, seeds.values()))
    splits = f"{most}" if fewest == most else f"{fewest} to {most}"
    lines = [
        "# Tables: networks beside gradient boosting", "",
        f"{len(names)} real tables, {splits} splits 70 / 30 of each, every method with its "
        "defaults, on one core and with one thread. The error is 1 - AUC for classes and the "
        "root of the mean squared error for amounts; seconds are CPU seconds of a fit, compiled "
        "kernels not included, on a machine that did other work at the same time. The defaults of "
        "the networks were chosen on splits of the same tables, these among them; splits share "
        "rows. The numbers of the splits stand beside each table. "
        "`python -m bench.campaigns.against_trees measure` repeats it, in pieces if need be, "
        "and `write` makes this page.", "",
        f"| method | error against {RIVAL} | lower error on | accuracy or R² better on | "
        f"lower error than {OTHER} on | mean rank | seconds | seconds / {RIVAL} |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    processors = {method: processors_of(record, method) for method in order}
    ranks = {
        method: mean(
            1 + sum(errors[other][name] < errors[method][name] for other in order)
            for name in names
        ) for method in order
    }
    for method in sorted(order, key=lambda method: ranks[method]):
        gain = gains(record, method, RIVAL)
        lower = sum(value > 0 for value in gain.values())
        better = sum(scores[method][name] > scores[RIVAL][name] for name in names)
        other = sum(
            errors[method][name] < errors[OTHER][name] for name in names
        ) if OTHER in errors else None
        # Seconds of two processors say nothing about two methods.
        alike = processors[method] == processors[RIVAL]
        ratio = mean(seconds[method][name] / seconds[RIVAL][name] for name in names)
        lines.append(
            f"| {method} | {100 * mean(gain[name] for name in names):+.1f} % | "
            f"{lower} of {len(names)} | {better} of {len(names)} | "
            f"{'' if other is None else other} | {ranks[method]:.2f} | "
            f"{mean(seconds[method][name] for name in names):.2f} | "
            f"{f'{ratio:.1f}' if alike else ''} |"
        )
    for title, found, best in (
        ("Error, table by table", errors, min), ("Seconds of a fit", seconds, None),
    ):
        lines += ["", f"## {title}", "",
                  "| table | splits | " + " | ".join(order) + " |",
                  "| --- | --- |" + " --- |" * len(order)]
        for name in names:
            row = [found[method][name] for method in order]
            shown = [
                f"{value:.2f}" if best is None
                else f"**{value:.4g}**" if value == best(row) else f"{value:.4g}" for value in row
            ]
            lines.append(
                f"| {name} | {', '.join(sorted(seeds[name]))} | " + " | ".join(shown) + " |"
            )
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    by_processor: dict[str, list[str]] = {}
    for method in order:
        by_processor.setdefault(" and ".join(sorted(processors[method])), []).append(method)
    where = "; ".join(f"{name}: {', '.join(ran)}" for name, ran in by_processor.items())
    lines += ["", f"Versions: {versions}.", "", f"Processors: {where}.", ""]
    return "\n".join(lines)


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["measure", "write"])
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--seeds", default=",".join(map(str, SEEDS)))
    parser.add_argument("--methods", default=",".join(methods()))
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--again", action="store_true")
    given = parser.parse_args()
    if given.what == "write":
        PAGE.write_text(page(recorded()))
        return
    measure(
        given.tables.split(","), tuple(int(seed) for seed in given.seeds.split(",")),
        given.methods.split(","), given.seconds, given.again,
    )


if __name__ == "__main__":
    main()
