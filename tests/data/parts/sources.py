"""The same rows as every kind of source."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts.array_parts import whole_as_parts
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.piece_parts import Piece, piece_parts
from fastavg.data.table import Table

ROWS, FEATURES, WORKERS = 103, 5, 4
NAMES = tuple(f"x{at}" for at in range(FEATURES))
KINDS = ("array", "pieces", "npy", "fortran", "parquet", "arrow", "parquets")


def rows(seed=0, n=ROWS):
    """X float32 and labels 0, 1, 2 of some rows."""
    random = np.random.default_rng(seed)
    X = (random.normal(size=(n, FEATURES)) * 10 ** np.arange(FEATURES) + 3).astype("f4")
    return X, random.integers(0, 3, n)


def frame(X, y, **more):
    named = {name: X[:, at] for at, name in enumerate(NAMES)}
    return pa.table({**named, "y": y, **more})


def write_parquet(path, X, y, group=20, **more):
    parquet.write_table(frame(X, y, **more), path, row_group_size=group)
    return path


def source(kind, folder, workers=WORKERS, X=None, y=None):
    """The rows as parts, from memory or from files of a kind in a folder."""
    if X is None:
        X, y = rows()
    if kind == "array":
        return whole_as_parts(Table(X, y), workers)
    if kind == "pieces":
        pieces = [Piece(X[:40], y[:40]), Piece(X[40:], y[40:])]
        return piece_parts(pieces, len(X), workers, LocalCommunicator())
    if kind in ("npy", "fortran"):
        np.save(folder / "X.npy", np.asfortranarray(X) if kind == "fortran" else X)
        np.save(folder / "y.npy", y)
        return open_parts(folder / "X.npy", str(folder / "y.npy"), None, workers)
    if kind == "arrow":
        table = frame(X, y)
        with pa.ipc.new_file(folder / "rows.arrow", table.schema) as writer:
            for batch in table.to_batches(max_chunksize=20):
                writer.write_batch(batch)
        return open_parts(folder / "rows.arrow", "y", None, workers)
    if kind == "parquets":
        write_parquet(folder / "a.parquet", X[:50], y[:50], 20)
        write_parquet(folder / "b.parquet", X[50:], y[50:], 20)
        return open_parts(folder / "*.parquet", "y", None, workers)
    return open_parts(write_parquet(folder / "rows.parquet", X, y), "y", None, workers)
