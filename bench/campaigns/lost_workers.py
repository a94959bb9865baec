"""A fit on Dask, Ray or Spark whose worker is killed: how it ends, or goes on, time after time.

    python bench/campaigns/lost_workers.py dask ray
    python bench/campaigns/lost_workers.py spark            (needs Java)
    python bench/campaigns/lost_workers.py --table

Each time the process of rank 0 or 1, in turn, kills itself in its tenth epoch.  What counts of a
fit that ends is the time until the client has an error that names rank, machine and worker; in a
fit that may start again it is the twentieth epoch, and the weights must be those of a local fit.

A fit is a line of ``lost-workers.jsonl`` once it is over, and is not done again: a series of ten
may be made in several runs, each of which begins no more fits after ``--budget`` seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path

ROOT = str(Path(__file__).parents[2])
sys.path.insert(0, ROOT)
# Workers load the callback that strikes.
os.environ["PYTHONPATH"] = ROOT

RECORD = Path(__file__).with_name("lost-workers.jsonl")
ENGINES = {"dask": "Dask", "ray": "Ray", "spark": "Spark"}
FAULTS = ("ends", "goes on")
LIMIT = 10.0


def ends(cluster, rank):
    """Seconds until the loss is named, and what is said of it."""
    from tests.engines.conformance import a_lost_worker_is_named

    said = a_lost_worker_is_named(cluster, rank)
    return {"seconds": cluster.seconds, "said": re.sub(r"[0-9a-f]{6,}|[0-9]+", "N", said)}


def goes_on(cluster, rank):
    """Seconds of the whole fit, whose weights are those of a local one."""
    from tests.engines.conformance import a_fit_that_is_started_again_ends_in_the_same_bits

    began = time.monotonic()
    a_fit_that_is_started_again_ends_in_the_same_bits(cluster, rank)
    return {"seconds": time.monotonic() - began}


def recorded(path):
    """The fits that are over."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def series(engine, options):
    """Do the fits of an engine that are not recorded yet, in one cluster."""
    over = {(each["fault"], each["turn"]) for each in recorded(options.record)
            if each["engine"] == engine}
    left = [(fault, turn) for fault in FAULTS for turn in range(options.times)
            if (fault, turn) not in over]
    if not left:
        return
    deadline = time.monotonic() + options.budget
    with import_module(f"tests.{engine}.on_cluster").cluster() as cluster:
        for fault, turn in left:
            if time.monotonic() > deadline:
                return
            line = {"engine": engine, "fault": fault, "turn": turn}
            try:
                line |= (ends if fault == "ends" else goes_on)(cluster, turn % 2)
            except Exception as error:
                line["failed"] = f"{type(error).__name__}: {error}"[:500]
            with options.record.open("a") as file:
                file.write(json.dumps(line) + "\n")


def table(lines):
    """A row for each engine."""
    found = [
        "| engine | fits that end: named within 10 s | slowest | "
        "fits that go on: the same bits | slowest |",
        "| --- " * 5 + "|",
    ]
    for engine, name in ENGINES.items():
        cells = [name]
        for fault in FAULTS:
            fits = [line for line in lines if (line["engine"], line["fault"]) == (engine, fault)]
            good = [line["seconds"] for line in fits if "failed" not in line]
            kept = [each for each in good if fault != "ends" or each <= LIMIT]
            slowest = f"{max(good):.1f} s" if good else "-"
            cells += [f"{len(kept)} of {len(fits)}", slowest]
        found.append(f"| {' | '.join(cells)} |")
    return found


def main(arguments=None):
    """Measure, keep and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("engines", nargs="*", metavar="ENGINE", help=", ".join(ENGINES))
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--budget", type=float, default=float("inf"), help="seconds")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--table", action="store_true", help="measure nothing")
    options = parser.parse_args(arguments)
    engines = [] if options.table else options.engines or [*ENGINES]
    unknown = set(engines) - {*ENGINES}
    if unknown:
        parser.error(f"{min(unknown)} is unknown; choose {', '.join(ENGINES)}")
    for engine in engines:
        series(engine, options)
    sys.stdout.write("\n".join(table(recorded(options.record))) + "\n")


if __name__ == "__main__":
    main()
