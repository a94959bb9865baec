"""What rows that stay with their ranks cost: the section of docs/measured/scaling.md on it.

``bench/campaigns/partitions.json`` holds what was measured with ``partitions.py``; all else is
predicted from it.
"""

from __future__ import annotations

import numpy as np

# Assumed: what nobody measured here.
DISK = 1e9
DATA = 1e12
BASE = 0.25e9
READS = 3
NODES = (1, 4, 16, 64, 256)
CORES = 64
SCHEMES = ("shards", "partitions")


def slowest(times, workers):
    """The expected time of the slowest of so many tasks, in units of the mean.

    Tasks are drawn from the measured ones; what is rarer than those were is not in it.
    """
    ordered = np.sort(np.asarray(times, np.float64))
    below = np.arange(len(ordered) + 1) / len(ordered)
    return float((np.diff(below**workers) * ordered).sum() / ordered.mean())


def measured(found):
    """Lines of what was measured."""
    memory, disk, tasks = found["memory"], found["disk"], np.asarray(found["tasks"])
    spread = np.quantile(tasks / np.median(tasks), (0.05, 0.95, 0.99, 1))
    return [
        "\n### Rows that stay with their ranks\n",
        "Measured by `bench/campaigns/partitions.py`, on the same machine with two cores.\n",
        "| what | figure |", "| --- | --- |",
        f"| {memory['gigabytes']:g} GB of rows on {memory['ranks']} ranks: most resident memory of "
        f"a rank above its share | {memory['above_share'] / 1e6:.0f} MB |",
        f"| {disk['gigabytes']:g} GB of Parquet from disk, 784-1024-1024-10, 2 processes: most "
        f"resident memory of all processes, shared pages counted in each | "
        f"{disk['resident'] / 1e9:.2f} GB |",
        f"| the same: rows a second from disk, and from memory | {disk['disk_rows']:,}, "
        f"{disk['memory_rows']:,} |",
        f"| accuracy on Fashion-MNIST, 8 workers, rows in random order, 5 epochs, "
        f"{len(found['accuracy']['shards'])} seeds: shards, partitions | "
        + ", ".join(f"{100 * np.mean(found['accuracy'][name]):.2f} %" for name in SCHEMES) + " |",
        f"| time of a worker's round of {1e3 * np.median(tasks):.1f} ms in {len(tasks)} rounds, 8 "
        "workers on 2 processes, beside the median: 5 %, 95 %, 99 %, longest | "
        + ", ".join(f"{value:.2f}" for value in spread) + " |",
    ]


def predicted(found):
    """Lines of what is predicted."""
    lines = [
        f"\n**Rows that stay: {DATA / 1e12:g} TB of rows, nodes of {CORES} workers "
        "(predicted)**\n",
        f"A node has its share of the rows and {BASE / 1e9:g} GB for each rank. Before the first "
        f"round rows are read {READS} times (ranges, means, deviations) from disks of "
        f"{DISK / 1e9:g} GB/s, which is assumed. The slowest worker of a round is drawn from the "
        f"times of rounds that were measured ({1e3 * np.median(found['tasks']):.1f} ms, on a "
        "machine with other work), so nothing rarer than those is in it; the last line is the "
        "part of a round that is left for training when all wait for it.\n",
        "| | " + " | ".join(f"{nodes} nodes" for nodes in NODES) + " |",
        "| --- " * (len(NODES) + 1) + "|",
    ]
    rows = {
        "memory of a node": [f"{(DATA / n + BASE) / 1e9:,.1f} GB" for n in NODES],
        "reading before the first round": [f"{READS * DATA / n / DISK:,.0f} s" for n in NODES],
        "training, beside waiting": [
            f"{100 / slowest(found['tasks'], n * CORES):.1f} %" for n in NODES
        ],
    }
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return lines
