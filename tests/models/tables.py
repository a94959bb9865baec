"""A table with columns of every kind, and models that were trained on it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from fastavg import TabularClassifier, TabularRegressor

# Quick, and with two members, so that a mean is one.
QUICK = {"effort": "fast", "n_members": 2}


def table(n: int = 400, seed: int = 0) -> pd.DataFrame:
    """Numbers with holes, words, truth values, dates and ids."""
    random = np.random.default_rng(seed)
    days = np.datetime64("2023-03-01T00:00:00") + random.integers(0, 20_000_000, n).astype("m8[s]")
    return pd.DataFrame({
        "age": np.where(random.random(n) < 0.1, np.nan, random.gamma(2, 20, n)),
        "town": random.choice(["Ulm", "Bonn", "Köln"], n),
        "word": pd.Series([None if k % 9 == 0 else f"w{k % 5}" for k in range(n)], dtype=object),
        "paid": random.random(n) < 0.5,
        "when": days.astype("datetime64[s]"),
        "cabin": pd.Series([f"C{k}" if k % 2 else None for k in range(n)], dtype=object),
        "whole": random.integers(0, 1000, n),
        "row_id": np.arange(n) + seed * 1000,
    })


def answers(frame: pd.DataFrame) -> np.ndarray:
    """Numbers that depend on most of the columns."""
    return (
        np.nan_to_num(frame["age"], nan=70) / 20 + (frame["town"] == "Ulm") * 2
        + frame["paid"] + frame["whole"] / 500
    ).to_numpy()


def classifier(**more):
    """A classifier of three classes by name."""
    frame = table()
    y = np.array(["low", "middle", "top"])[np.digitize(answers(frame), [3, 5])]
    return TabularClassifier(**{**QUICK, **more}).fit(frame, y)


def regressor(**more):
    """A regressor."""
    frame = table()
    return TabularRegressor(**{**QUICK, **more}).fit(frame, answers(frame))


def said(model, X):
    """Probabilities of classes, or numbers."""
    return model.predict_proba(X) if model.classes is not None else model.predict(X)
