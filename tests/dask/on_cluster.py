"""``python -m tests.dask.on_cluster RECORD``: fits on Dask workers, and what came of them."""

from __future__ import annotations

import contextlib
import json
import sys
import time

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd
from dask import delayed
from distributed import Client, LocalCluster, wait

from fastavg import ConfigError, DataError, MLPClassifier
from fastavg.dask import DaskMLPClassifier, DaskMLPRegressor
from fastavg.dask.dask_engine import DaskEngine
from tests.engines.conformance import OF_PARTS, PROMISES, kept, raised
from tests.engines.problem import OPTIONS, digest, local, rows

KINDS = {"classifier": DaskMLPClassifier, "regressor": DaskMLPRegressor}
SETTINGS = {
    # A LocalCluster gives a worker up that is not back by then; a busy machine takes longer
    # than the 15 s that Dask gives it.
    "distributed.deploy.lost-worker-timeout": "5 minutes",
    # Clients ask the scheduler every 2 s how it is, and forget the names of its workers.
    "distributed.client.scheduler-info-interval": "5 ms",
}


def on_dask(X, y, sample_weight=None):
    """The same as Dask arrays of several pieces; one of them is empty."""
    pieces = (700, 0, 700, len(X) - 1400)
    weights = None if sample_weight is None else da.from_array(sample_weight, chunks=(pieces,))
    return da.from_array(X, chunks=(pieces, 100)), da.from_array(y, chunks=(pieces,)), weights


class Cluster:
    """What the conformance suite asks for."""

    worker, asks = "Dask worker", "ranks"

    def __init__(self, client, size=2):
        self.client, self.size, self.seconds = client, size, None

    def fit(self, kind, X, y, sample_weight=None, ranks=None, **options):
        # Dask starts a worker that was killed anew.
        self.client.wait_for_workers(self.size, timeout=90)
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
    # BLAS may round the last rows of a partition in another way than those before them.
    np.testing.assert_allclose(chances.compute(), local.predict_proba(X), rtol=1e-5, atol=1e-7)
    regressor = DaskMLPRegressor(ranks=1, **OPTIONS).fit(dX, dX[:, :2])
    assert regressor.predict(dX).shape == (2000, 2)
    none = raised(
        lambda: DaskMLPClassifier(client, **OPTIONS).fit(dX[:0], dy[:0]), ValueError
    )
    assert "has no rows" in str(none)
    assert np.array_equal(local.classes_, np.unique(y))


def workers_are_never_missed(client):
    """Neither by those who look at them while the client asks the scheduler how it is."""
    engine = DaskEngine(client, [])
    assert {engine.slots(None) for _ in range(500)} == {2}


def partitions_stay(client):
    """Ranks go where their rows are, and no partition is sent to another worker."""
    X, y = rows()
    # Against the order in which ranks would go without any rows.
    second, first = sorted(client.nthreads())
    dX, dy = da.from_array(X, chunks=(500, 400)), da.from_array(y, chunks=500)
    halves = [
        client.persist([dX[part], dy[part]], workers=[address], allow_other_workers=False)
        for part, address in ((slice(0, 1000), first), (slice(1000, 2000), second))
    ]
    (X0, y0), (X1, y1) = halves
    wait([X0, y0, X1, y1])
    whole, labels = da.concatenate([X0, X1]), da.concatenate([y0, y1])
    whole, labels = client.persist([whole, labels])
    wait([whole, labels])
    before = client.who_has([whole, labels])
    assert {len(addresses) for addresses in before.values()} == {1}
    options = {**OPTIONS, "sampling": "partitions"}
    found = DaskMLPClassifier(client, ranks=2, **options).fit(whole, labels).to_local()
    assert client.who_has([whole, labels]) == before
    assert digest(found.weights_) == local(MLPClassifier, X, y, options=options)
    frame = DaskMLPClassifier(client, ranks=2, **{**options, "workers": 2001})
    assert "2001 workers cannot share 2000 training rows" in str(
        raised(lambda: frame.fit(whole, labels), ConfigError)
    )
    assert "y has 1000 rows and X 2000" in str(
        raised(lambda: frame.fit(whole, labels[:1000]), DataError)
    )


def bad_partitions(client):
    """A partition that differs, or cannot be computed, ends the fit in one sentence at once."""
    table = pd.DataFrame({"size": np.arange(40.0), "rooms": np.arange(40) % 5})
    y = pd.Series(np.arange(40) % 2, name="kind")

    def piece(number, change=None):
        own = table.iloc[10 * number : 10 * number + 10]
        return own if change is None else change(own)

    def broken(own):
        raise OSError(f"row {own.index[0]} is gone")

    def said_by(options, *data):
        model = DaskMLPClassifier(client, ranks=2, **{**OPTIONS, **options})
        return str(raised(lambda: model.fit(*data), DataError))

    dy = dd.from_pandas(y, npartitions=4)
    for change, said in (
        (lambda own: own[["rooms", "size"]],
         "partition 2 of X has column 'rooms' where others have 'size'; all partitions need the "
         "same order"),
        (broken, "partition 2 of X cannot be computed: OSError: row 20 is gone"),
    ):
        frame = dd.from_delayed(
            [delayed(piece)(number, change if number == 2 else None) for number in range(4)],
            meta=table, verify_meta=False,
        )
        assert said_by({}, frame, dy) == said
    # Arrays, whose chunks nobody looks at before ranks do.
    for sampling in ("shards", "partitions"):
        for change, said in (
            (lambda own: own[["size"]], "of partition 2"),
            (broken, "partition 2 of X cannot be computed: OSError: row 20 is gone"),
        ):
            rows_ = da.concatenate([
                da.from_delayed(
                    delayed(lambda n, c: piece(n, c).to_numpy(float))(
                        number, change if number == 2 else None
                    ), (10, 2), float,
                ) for number in range(4)
            ])
            began = time.monotonic()
            error = said_by({"sampling": sampling}, rows_, dy.to_dask_array(lengths=True))
            assert said in error, error
            assert "\n" not in error
            # Far below the minutes that a rank waits for another one.
            assert time.monotonic() - began < 60


@contextlib.contextmanager
def cluster(size=2):
    """So many workers in processes of their own."""
    with dask.config.set(SETTINGS), LocalCluster(
        n_workers=size, threads_per_worker=1, processes=True, dashboard_address=None
    ) as made, Client(made) as client:
        yield Cluster(client, size)


def main(path):
    with cluster() as made:
        of_dask(made.client)
        workers_are_never_missed(made.client)
        partitions_stay(made.client)
        bad_partitions(made.client)
        found = {**kept(made, (*OF_PARTS, *PROMISES)), "seconds": made.seconds}
    with open(path, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
