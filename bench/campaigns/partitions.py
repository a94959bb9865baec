"""Rows that stay with their ranks: memory, speed from disk, and accuracy beside shards.

    python bench/campaigns/partitions.py generate FOLDER --gigabytes 4 --kind npy
    mpiexec -n 4 python bench/campaigns/partitions.py train FOLDER
    python bench/campaigns/partitions.py generate FOLDER --gigabytes 2 --kind parquet
    python bench/campaigns/partitions.py train FOLDER --rows-from disk
    python bench/campaigns/partitions.py tasks
    python bench/campaigns/partitions.py accuracy

``train`` writes one JSON object for each rank: its share of the rows and the most memory that
it ever had resident, in bytes, and the rows a second of the rounds after the first one.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import resource
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil

from fastavg import SGD, Adam, Execution, Network, Partitions, Plan, Schedule, train, train_parts
from fastavg.communicators import connect
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts.opened_parts import open_parts
from fastavg.plan.resolve import rate_for
from fastavg.training.observers.events import RoundFinished
from fastavg.training.observers.history import History

FEATURES, CLASSES, BLOCK = 784, 10, 1 << 14


def blocks(rows):
    """Rows of separable classes, the same block again and again: a disk does not notice."""
    random = np.random.default_rng(0)
    y = random.integers(0, CLASSES, BLOCK)
    X = random.normal(size=(BLOCK, FEATURES)).astype("f4")
    X[np.arange(BLOCK), y] += 4
    for start in range(0, rows, BLOCK):
        count = min(BLOCK, rows - start)
        yield X[:count], y[:count]


def generate(folder, gigabytes, kind, compression):
    """Files of so many bytes of float32."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = int(gigabytes * 1e9 / (4 * FEATURES))
    if kind == "npy":
        X = np.lib.format.open_memmap(folder / "X.npy", "w+", "f4", (rows, FEATURES))
        y, at = np.zeros(rows, np.int64), 0
        for block, labels in blocks(rows):
            X[at : at + len(block)], y[at : at + len(block)] = block, labels
            at += len(block)
        X.flush()
        np.save(folder / "y.npy", y)
        return
    import pyarrow as pa
    from pyarrow import parquet

    names = [f"x{at}" for at in range(FEATURES)]
    schema = pa.schema([*((name, pa.float32()) for name in names), ("y", pa.int64())])
    if kind == "arrow":
        with pa.ipc.new_file(folder / "rows.arrow", schema) as writer:
            for block, labels in blocks(rows):
                columns = [*np.ascontiguousarray(block.T), labels]
                writer.write_batch(pa.record_batch(columns, schema=schema))
        return
    with parquet.ParquetWriter(
        folder / "rows.parquet", schema, compression=compression,
        use_dictionary=compression != "none",
    ) as writer:
        for block, labels in blocks(rows):
            columns = [*np.ascontiguousarray(block.T), labels]
            writer.write_table(pa.table(columns, schema=schema), row_group_size=BLOCK)


class Resident:
    """Samples the resident memory of a rank and its processes; shared pages count once (PSS)."""

    def __init__(self):
        self.most, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._ended.set()
        self._thread.join()

    def _sample(self):
        own = psutil.Process()
        while not self._ended.wait(0.25):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += process.memory_full_info().pss
            self.most = max(self.most, total)


def measured(folder, options):
    """Train, and say what it took."""
    ranks = connect("auto")
    columnar = sorted(folder.glob("rows.*"))
    source = open_parts(
        columnar[0] if columnar else folder / "X.npy",
        "y" if columnar else str(folder / "y.npy"), None, options.workers,
    )
    history = History()
    plan = Plan(
        workers=options.workers, epochs=options.epochs, average_every=options.every,
        batch_size=128, solver=SGD(0.01, momentum=0.9),
        sampling=Partitions(window=options.window),
    )
    began = time.perf_counter()
    with Resident() as resident:
        model = train_parts(
            Network((FEATURES, *options.hidden, CLASSES)), source, plan, scale=options.scale,
            rows_from=options.rows_from,
            execution=Execution(options.processes, ranks, observers=(history,)),
        )
    own = sum(source.sizes[part] for part in workers_of(ranks.rank, ranks.size, options.workers))
    most = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.processes > 1:
        most = resident.most
    later = history.records[1:]
    spent = sum(each.training_seconds + each.waiting_seconds + each.averaging_seconds
                for each in later)
    share = own * FEATURES * 4
    print(json.dumps({
        "rank": ranks.rank, "share_bytes": share, "peak_resident_bytes": most,
        "above_share_bytes": most - share, "seconds": round(time.perf_counter() - began, 1),
        "rows_a_second": round(sum(each.rows for each in later) / max(spent, 1e-9)),
        "weights": hashlib.sha256(model.weights.tobytes()).hexdigest()[:12],
    }), flush=True)
    ranks.close()


def tasks():
    """Seconds of every worker's rounds, 8 workers on 2 processes, rounds one by one."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(32_000, 100)).astype("f4"), random.integers(0, 10, 32_000)
    seconds = []

    class Watch:
        def on_event(self, event):
            if isinstance(event, RoundFinished) and event.round:
                seconds.extend(event.worker_seconds)

    plan = Plan(workers=8, epochs=40, average_every=0.25, batch_size=32, sampling="partitions")
    execution = Execution(2, block_seconds=0, observers=(Watch(),))
    train(Network((100, 64, 10)), X, y, plan, execution=execution)
    print(json.dumps([round(each, 6) for each in seconds]))


def accuracy(seeds, epochs):
    """Partitions beside shards on Fashion-MNIST, 8 workers, an i.i.d. cut."""
    from bench.fashion_mnist import test_rows, training_rows

    (X, y), (X_test, y_test) = training_rows(), test_rows()
    order = np.random.default_rng(0).permutation(len(X))
    X, y = X[order], y[order]
    network = Network((784, 256, 128, 10))
    for seed in range(seeds):
        found = {"seed": seed}
        for sampling in ("shards", "partitions"):
            plan = Plan(
                workers=8, epochs=epochs, average_every=0.125, batch_size=16, sampling=sampling,
                seed=seed, init="he",
                solver=Adam(rate_for("adam", 8), schedule=Schedule("cosine")),
            )
            model = train(network, X, y, plan, execution=Execution(2))
            found[sampling] = model.score(X_test, y_test)
        print(json.dumps(found), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["generate", "train", "tasks", "accuracy"])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--gigabytes", type=float, default=4)
    parser.add_argument("--kind", choices=["npy", "parquet", "arrow"], default="npy")
    parser.add_argument("--compression", choices=["none", "snappy"], default="snappy")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--epochs", type=float, default=1)
    parser.add_argument("--every", type=float, default=0.25)
    parser.add_argument("--window", type=int, default=0)
    parser.add_argument("--scale", default="none")
    parser.add_argument("--rows-from", default="memory")
    parser.add_argument("--hidden", type=int, nargs="*", default=[32])
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    if options.what == "generate":
        generate(options.folder, options.gigabytes, options.kind, options.compression)
    elif options.what == "train":
        measured(options.folder, options)
    elif options.what == "tasks":
        tasks()
    else:
        accuracy(options.seeds, options.epochs)


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))
    main()
