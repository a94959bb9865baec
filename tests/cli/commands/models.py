"""Models and data files for tests of the commands that read them."""

from __future__ import annotations

import numpy as np
import pandas as pd

import fastavg
from fastavg import Model, Network

NAMES = ("length", "width", "height")


def numbers(rows=40, seed=0):
    """A table of three columns and a class that depends on the first."""
    X = np.random.default_rng(seed).normal(size=(rows, 3))
    frame = pd.DataFrame(X, columns=NAMES)
    frame["kind"] = np.where(X[:, 0] > 0, "long", "short")
    return frame


def plain_model(folder):
    """A file with a network that tells the classes apart by hand-made weights."""
    network = Network((3, 2))
    weights = np.array([4, -4, 0, 0, 0, 0, 0, 0], "f4")
    model = Model(network, weights, np.array(["long", "short"]), NAMES)
    path = folder / "plain.safetensors"
    model.save(path)
    return path


def table_model(folder):
    """A file with a model of the table, of one small network."""
    frame = numbers(80)
    made = fastavg.TabularClassifier("fast", hidden_layer_sizes=(8,), processes=1)
    made.fit(frame.drop(columns="kind"), frame["kind"])
    from dataclasses import replace

    path = folder / "table.safetensors"
    replace(made.model_, target_name="kind").save(path)
    return path
