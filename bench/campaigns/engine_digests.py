"""One SHA-256 whatever starts the ranks: 8 workers on 1 to 4 ranks, with each sampling.

    python bench/campaigns/engine_digests.py mpi tcp dask ray
    python bench/campaigns/engine_digests.py spark               (needs Java)
    python bench/campaigns/engine_digests.py --table

Dask has four workers in processes of their own, Spark two executors with two tasks each, Ray
four actors.  The ways that are named are measured anew and kept beside the others in
``engine-digests.json``; then the table of all is printed.  The exit code is 1 if there is more than
one digest of a sampling.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
# Workers of a cluster load the tests' modules.
os.environ["PYTHONPATH"] = str(ROOT)

RECORD = Path(__file__).with_name("engine-digests.json")
NAMES = {
    "local": "this process alone", "mpi": "MPI", "tcp": "tcp", "dask": "Dask", "spark": "Spark",
    "ray": "Ray",
}
SAMPLINGS = ("shards", "partitions")
SHOWN = 16


def alone():
    """Of a fit without ranks, in this process."""
    from fastavg import MLPClassifier
    from tests.engines.problem import OPTIONS, local, rows

    return {
        sampling: local(MLPClassifier, *rows(), options={**OPTIONS, "sampling": sampling})
        for sampling in SAMPLINGS
    }


def on_mpi(size):
    """Of so many ranks of mpiexec."""
    from tests.communicators.mpiexec import PYTHON, run

    ended = run("-n", size, PYTHON, "-m", "tests.engines.on_ranks")
    return json.loads(_output(ended))


def on_tcp(size):
    """Of so many ranks that meet at a port."""
    from tests.communicators.mpiexec import PYTHON
    from tests.communicators.tcp.ranks import ended, free_port, started

    with tempfile.TemporaryDirectory() as folder:
        port, key = free_port(), f"{folder}/key"
        processes = started([
            (PYTHON, "-m", "tests.engines.on_ranks", rank, size, port, key) for rank in range(size)
        ])
        return json.loads("".join(_output(each) for each in ended(processes)))


def _output(ended):
    if ended.code:
        raise RuntimeError(f"a rank ended with exit code {ended.code}: {ended.err}")
    return ended.out


def on_engine(name, sizes):
    """Of ranks that Dask, Spark or Ray starts, by their number."""
    from tests.engines.problem import OPTIONS, digest, rows

    X, y = rows()
    found = {}
    with import_module(f"tests.{name}.on_cluster").cluster(4) as cluster:
        for size in sizes:
            found[str(size)] = {
                sampling: digest(cluster.fit(
                    "classifier", X, y, ranks=size, **OPTIONS, sampling=sampling
                )) for sampling in SAMPLINGS
            }
    return found


def measured(way, sizes):
    """The digests of a way, by number of ranks and sampling."""
    if way in ("mpi", "tcp"):
        one = on_mpi if way == "mpi" else on_tcp
        return {str(size): one(size) for size in sizes}
    return on_engine(way, sizes)


def table(record):
    """Lines with a row for each way."""
    lines = ["| ranks of | ranks | " + " | ".join(SAMPLINGS) + " |", "| --- " * 4 + "|"]
    for way in (name for name in NAMES if name in record):
        digests = [
            ", ".join(sorted({found[sampling][:SHOWN] for found in record[way].values()}))
            for sampling in SAMPLINGS
        ]
        lines.append(f"| {NAMES[way]} | {', '.join(record[way])} | {' | '.join(digests)} |")
    return lines


def main(arguments=None):
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("ways", nargs="*", metavar="WAY", help=", ".join([*NAMES][1:]))
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--table", action="store_true", help="measure nothing")
    options = parser.parse_args(arguments)
    ways = [] if options.table else options.ways or [*NAMES][1:]
    unknown = set(ways) - {*NAMES}
    if unknown:
        parser.error(f"{min(unknown)} is unknown; choose {', '.join([*NAMES][1:])}")
    record = json.loads(options.record.read_text()) if options.record.exists() else {}
    if ways:
        record["local"] = {"1": alone()}
    for way in ways:
        record[way] = measured(way, options.ranks)
        options.record.write_text(json.dumps(record, indent=1) + "\n")
    sys.stdout.write("\n".join(table(record)) + "\n")
    return max(
        len({found[sampling] for each in record.values() for found in each.values()})
        for sampling in SAMPLINGS
    ) > 1


if __name__ == "__main__":
    sys.exit(main())
