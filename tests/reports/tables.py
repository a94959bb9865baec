"""A table whose target depends on three columns in known ways, and models of it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from fastavg import Model, Network, TabularRegressor
from fastavg.data.frame_sources import frame_of
from fastavg.reports.report_rows import ReportRows

N = 240


@cache
def frame():
    random = np.random.default_rng(0)
    made = pd.DataFrame({
        "size": random.normal(size=N), "noise": random.normal(size=N),
        "town": random.choice(["Ulm", "Bonn", None], N, p=[0.5, 0.4, 0.1]),
    })
    made["price"] = 3 * made["size"] + 2.0 * (made["town"] == "Ulm")
    return made


@cache
def regressor():
    X = frame().drop(columns="price")
    made = TabularRegressor("fast", hidden_layer_sizes=(16,), processes=1)
    return made.fit(X, frame()["price"].to_numpy()).model_


def table_rows():
    made = frame_of(frame().drop(columns="price"))
    return ReportRows(made, made.names)


def plain():
    """A model of two numbers that looks at the first alone, and rows for it."""
    weights = np.array([2, 0, 1], "f4")
    model = Model(Network((2, 1), output="identity"), weights, None, ("a", "b"))
    X = np.random.default_rng(1).normal(size=(300, 2))
    return model, ReportRows(X, ("a", "b")), 2 * X[:, 0] + 1
