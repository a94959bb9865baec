"""``python -m tests.dask.on_cluster RECORD``: fits on Dask workers, and what came of them."""

from __future__ import annotations

import contextlib
import json
import sys

import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from fastavg.dask import DaskMLPClassifier, DaskMLPRegressor
from tests.engines.conformance import kept, raised
from tests.engines.problem import OPTIONS, rows

KINDS = {"classifier": DaskMLPClassifier, "regressor": DaskMLPRegressor}


def on_dask(X, y, sample_weight=None):
    """The same as Dask arrays of several pieces; one of them is empty."""
    pieces = (700, 0, 700, len(X) - 1400)
    weights = None if sample_weight is None else da.from_array(sample_weight, chunks=(pieces,))
    return da.from_array(X, chunks=(pieces, 100)), da.from_array(y, chunks=(pieces,)), weights


class Cluster:
    """What the conformance suite asks for."""

    worker, asks, size = "Dask worker", "ranks", 2

    def __init__(self, client):
        self.client, self.seconds = client, None

    def fit(self, kind, X, y, sample_weight=None, ranks=None, **options):
        self.client.wait_for_workers(self.size, timeout=30)
        X, y, weights = on_dask(X, y, sample_weight)
        model = KINDS[kind](self.client, ranks=ranks, **options)
        return model.fit(X, y, sample_weight=weights).to_local().weights_


def of_dask(client):
    """What the conformance suite does not ask for."""
    X, y = rows()
    dX, dy, _ = on_dask(X, y)
    model = DaskMLPClassifier(**OPTIONS).fit(dX, dy)
    local = model.to_local()
    lazy, chances = model.predict(dX), model.predict_proba(dX)
    assert isinstance(lazy, da.Array)
    assert isinstance(chances, da.Array)
    assert (lazy.compute() == local.predict(X)).all()
    assert (chances.compute() == local.predict_proba(X)).all()
    regressor = DaskMLPRegressor(ranks=1, **OPTIONS).fit(dX, dX[:, :2])
    assert regressor.predict(dX).shape == (2000, 2)
    none = raised(
        lambda: DaskMLPClassifier(client, **OPTIONS).fit(dX[:0], dy[:0]), ValueError
    )
    assert "has no rows" in str(none)
    assert np.array_equal(local.classes_, np.unique(y))


@contextlib.contextmanager
def cluster():
    """Two workers in processes of their own."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made, Client(made) as client:
        yield Cluster(client)


def main(path):
    with cluster() as made:
        of_dask(made.client)
        found = {**kept(made), "seconds": made.seconds}
    with open(path, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
