"""A table with words, truth values, dates, holes and numbers, in files of several groups."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyarrow import parquet

ROWS = 240
TOWNS = ("Ulm", "Bonn", "Kiel", "Mainz", "Trier")


def columns(n=ROWS, seed=0):
    """By name, with None for what is missing."""
    random = np.random.default_rng(seed)
    rooms = random.integers(1, 6, n)
    size = np.round(random.normal(size=n) * 40 + 90, 1)
    towns = random.choice(TOWNS, n, p=[0.4, 0.3, 0.2, 0.08, 0.02])
    days = random.integers(0, 3000, n)
    holes = random.random((4, n)) < 0.1
    return {
        "size": [None if hole else float(each) for each, hole in zip(size, holes[0])],
        "rooms": rooms.tolist(),
        "town": [None if hole else str(each) for each, hole in zip(towns, holes[1])],
        "new": [None if hole else bool(each < 0.5)
                for each, hole in zip(random.random(n), holes[2])],
        "heated": (rooms > 2).tolist(),
        "sold": pa.array([None if hole else int(each) for each, hole in zip(days, holes[3])],
                         pa.int32()).cast(pa.date32()),
        "name": [f"house of {each}" for each in range(n)],
        "number": list(range(5, n + 5)),
        "account_id": random.permutation(10 * n)[:n].tolist(),
        "country": ["de"] * n,
        "loan": [None if hole else 7 for hole in holes[0]],
        "nothing": pa.nulls(n),
        "rate": random.normal(size=n).astype("f4").tolist(),
    }


def truth(n=ROWS):
    """Classes that some of the columns tell."""
    found = columns(n)
    return np.array([
        "dear" if (size or 90) + 20 * (town == "Ulm") > 95 else "cheap"
        for size, town in zip(found["size"], found["town"])
    ])


def table(n=ROWS):
    """With the target."""
    return pa.table({**columns(n), "price": truth(n)})


def write_table(folder, n=ROWS, group=17):
    """Two files of several groups; a pattern that names both."""
    whole = table(n)
    half = n // 3
    parquet.write_table(whole.slice(0, half), folder / "a.parquet", row_group_size=group)
    parquet.write_table(whole.slice(half), folder / "b.parquet", row_group_size=group)
    return folder / "*.parquet"
