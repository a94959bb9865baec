"""The networks of ``effort="best"`` beside RealMLP-TD, five members, one split of eight tables.

    pip install torch pytabkit
    python -m bench.campaigns.against_realmlp measure     # about half an hour
    python -m bench.campaigns.against_realmlp write       # docs/measured/realmlp.md

A fit that is on record is not repeated; the two methods may be measured in environments of
their own (``--methods``).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd

from bench.campaigns.against_trees import compile_for, one_fit
from bench.campaigns.real_tables import table
from bench.report.records import machine
from fastavg import TabularClassifier, TabularRegressor

RECORD = Path(__file__).with_name("against-realmlp.json")
PAGE = Path(__file__).parents[2] / "docs" / "measured" / "realmlp.md"
TABLES = (
    "ames", "attrition", "bank", "credit_data", "lending_club", "mlc_churn", "stackoverflow",
    "wa_churn",
)
OURS, RIVAL = "fastavg best", "RealMLP-TD"
PACKAGES = {OURS: ("fastavg",), RIVAL: ("pytabkit", "torch")}


class RealMLP:
    """RealMLP-TD as its authors recommend it, with five members of a cross-validation."""

    def __init__(self, classes: bool) -> None:
        import torch
        from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

        torch.set_num_threads(1)
        self._model = (RealMLP_TD_Classifier if classes else RealMLP_TD_Regressor)(
            device="cpu", n_cv=5, n_refit=0, random_state=0, n_threads=1, verbosity=0
        )

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> None:
        self._means = X.mean(numeric_only=True)
        self._holed = [name for name in self._means.index if X[name].isna().any()]
        X = self._filled(X)
        levels = [name for name in X if isinstance(X[name].dtype, pd.CategoricalDtype)]
        self._model.fit(X, y, cat_col_names=levels)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        return np.ravel(self._model.predict(self._filled(X)))

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        return np.asarray(self._model.predict_proba(self._filled(X)))

    def _filled(self, X: pd.DataFrame) -> pd.DataFrame:
        """Means in place of missing numbers, which it does not take, and a column that says so."""
        said = {
            f"{name} is missing": pd.Categorical(np.where(X[name].isna(), "yes", "no"))
            for name in self._holed
        }
        return X.fillna(self._means).assign(**said)


METHODS: dict[str, Callable[[bool], Any]] = {
    OURS: lambda classes: (TabularClassifier if classes else TabularRegressor)(
        "best", processes=1
    ),
    RIVAL: RealMLP,
}


def recorded() -> dict[str, Any]:
    """What has been measured so far."""
    if RECORD.exists():
        return json.loads(RECORD.read_text())
    return {"fits": {}, "versions": {}, "processors": {}}


def measure(methods: list[str], names: list[str]) -> None:
    """Fit everything that the record does not have yet."""
    for method in methods:
        warm = set()
        for name in names:
            record = recorded()
            if name in record["fits"].get(method, {}):
                continue
            data = table(name)
            if method == OURS and data.classes not in warm:
                # Whatever is compiled is compiled before the clock runs.
                compile_for(METHODS[OURS], data.classes)
                warm.add(data.classes)
            fit = one_fit(METHODS[method], data, 0)
            record["fits"].setdefault(method, {})[name] = fit
            record["versions"].update({each: version(each) for each in PACKAGES[method]})
            record["processors"][method] = machine()["processor"]
            RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
            print(method, name, fit, flush=True)


def page(record: dict[str, Any]) -> str:
    """The page of the documentation."""
    ours, theirs = record["fits"][OURS], record["fits"][RIVAL]
    names = [name for name in TABLES if name in ours and name in theirs]
    lower = {name: 100 * (1 - ours[name]["error"] / theirs[name]["error"]) for name in names}
    faster = {name: theirs[name]["seconds"] / ours[name]["seconds"] for name in names}
    lines = [
        "# Tables: networks beside RealMLP", "",
        "RealMLP-TD (Holzmüller, Grinsztajn and Steinwart, 2024; the package pytabkit) with five "
        'members of a cross-validation, and networks with `effort="best"`: one split 70 / 30, one '
        "core. The error is 1 - AUC for classes and the root of the mean squared error for "
        "amounts; seconds are CPU seconds of a fit, compiled kernels not included, on a machine "
        "that did other work at the same time. "
        "`python -m bench.campaigns.against_realmlp measure` repeats it, and `write` makes this "
        "page.", "",
        f"Over these tables the error is lower by {mean(lower.values()):.1f} % in the mean, and a "
        f"fit takes 1/{1 / mean(1 / ratio for ratio in faster.values()):.0f} of the seconds.", "",
        "| table | error | of RealMLP-TD | lower by | seconds | of RealMLP-TD | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name in names:
        mine, other = ours[name], theirs[name]
        lines.append(
            f"| {name} | {mine['error']:.4g} | {other['error']:.4g} | {lower[name]:.1f} % | "
            f"{mine['seconds']:.1f} | {other['seconds']:.1f} | {faster[name]:.0f} |"
        )
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    where = "; ".join(f"{method}: {found}" for method, found in record["processors"].items())
    return "\n".join([*lines, "", f"Versions: {versions}. Processors: {where}.", ""])


def main() -> None:
    """Measure, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["measure", "write"])
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--methods", default=",".join(METHODS))
    asked = parser.parse_args()
    if asked.what == "measure":
        measure(asked.methods.split(","), asked.tables.split(","))
    else:
        PAGE.write_text(page(recorded()))


if __name__ == "__main__":
    main()
