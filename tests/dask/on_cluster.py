"""``python -m tests.dask.on_cluster RECORD``: fits on three Dask workers, and what came of them."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import threading
import time

import dask.array as da
from distributed import Client, LocalCluster

from fastavg.dask import DaskMLPClassifier, DaskMLPRegressor
from tests.dask.problem import OPTIONS, rows, weights_of_rows


def digest(local):
    return hashlib.sha256(local.weights_.tobytes()).hexdigest()


def outcome(function):
    """What it returns, or its error in words."""
    try:
        return function()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def at_once(*functions):
    """What each of them returns when all run at the same time."""
    found = [None] * len(functions)

    def one(number):
        found[number] = outcome(functions[number])

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(functions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    return found


def killed(client, X, y):
    """How a fit ends whose second worker is killed, and after how many seconds."""
    second = sorted(client.scheduler_info(n_workers=-1)["workers"])[1]
    number = client.run(os.getpid, workers=[second])[second]
    threading.Timer(3.0, os.kill, (number, signal.SIGKILL)).start()
    long = DaskMLPClassifier(client, ranks=3, **{**OPTIONS, "max_iter": 100_000, "tol": 0.0,
                                                 "n_iter_no_change": 100_000})
    began = time.monotonic()
    said = outcome(lambda: long.fit(X, y))
    return {"said": said, "seconds": time.monotonic() - began - 3, "worker": second,
            "process": number}


def main(path):
    X, y = rows()
    dX, dy = da.from_array(X, chunks=(700, 100)), da.from_array(y, chunks=700)
    weights = da.from_array(weights_of_rows(), chunks=700)
    found = {}
    with LocalCluster(
        n_workers=3, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, Client(cluster) as client:
        found["two"] = digest(DaskMLPClassifier(client, ranks=2, **OPTIONS).fit(dX, dy).to_local())
        model = DaskMLPClassifier(**OPTIONS).fit(dX, dy, sample_weight=weights)
        local = model.to_local()
        found["weighted"] = digest(local)
        lazy, chances = model.predict(dX), model.predict_proba(dX)
        found["lazy"] = [isinstance(lazy, da.Array), isinstance(chances, da.Array)]
        found["predicts"] = bool((lazy.compute() == local.predict(X)).all())
        found["chances"] = bool((chances.compute() == local.predict_proba(X)).all())
        found["few"] = outcome(lambda: DaskMLPClassifier(ranks=4, **OPTIONS).fit(dX, dy))
        found["at once"] = at_once(*[
            lambda: digest(DaskMLPClassifier(client, **OPTIONS).fit(dX, dy).to_local())
        ] * 2)
        regressor = DaskMLPRegressor(ranks=1, **OPTIONS).fit(dX, dX[:, :2])
        found["regressor"] = digest(regressor.to_local())
        found["outputs"] = list(regressor.predict(dX).shape)
        found["wrong"] = outcome(
            lambda: DaskMLPClassifier(ranks=2, **OPTIONS).fit(dX, dy.astype(float) / 0)
        )
        found["killed"] = killed(client, dX, dy)
        client.wait_for_workers(3, timeout=30)
        found["after"] = digest(DaskMLPClassifier(**OPTIONS).fit(dX, dy).to_local())
    with open(path, "w") as file:
        json.dump(found, file)


if __name__ == "__main__":
    main(sys.argv[1])
