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
# Rounds of a worker from one exchange between nodes to the next, and bins of a distribution.
LENGTHS, BINS = (1, 10, 100, 1000), 1024
# Of the network whose rounds were measured, 100-64-10.
WEIGHTS = 7114
# Seconds at most that a barrier of processes takes in shared memory.
BARRIER = 1e-6


def slowest(times, workers):
    """The expected time of the slowest of so many tasks, in units of the mean.

    Tasks are drawn from the measured ones; what is rarer than those were is not in it.
    """
    ordered = np.sort(np.asarray(times, np.float64))
    below = np.arange(len(ordered) + 1) / len(ordered)
    return float((np.diff(below**workers) * ordered).sum() / ordered.mean())


def slowest_of_sums(times, workers, length, group=1):
    """The same of tasks that are so many measured ones, one after the other.

    The sum is of independent draws, in bins of a thousandth of the longest; each is the slowest of
    a group that waits for it.
    """
    times = np.asarray(times, np.float64)
    width = times.max() / (BINS - 1)
    counts = np.bincount(np.rint(times / width).astype(int), minlength=BINS) / len(times)
    mean = counts @ np.arange(BINS)
    counts = np.diff(np.cumsum(counts) ** group, prepend=0.0)
    size = 1 << int(np.ceil(np.log2(BINS * length)))
    sums = np.fft.irfft(np.fft.rfft(counts, size) ** length, size)
    below = np.clip(np.cumsum(np.maximum(sums, 0)), 0, 1)
    longest = np.diff(below**workers, prepend=0.0) @ np.arange(size)
    return float(longest / (mean * length))


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
        f"| {disk['gigabytes']:g} GB of Parquet (Snappy) from disk, 784-256-128-10, 2 processes: "
        f"most resident memory of all processes, shared pages counted once | "
        f"{disk['resident'] / 1e9:.2f} GB |",
        "| the same: rows a second from disk, and from memory, beside other programs | "
        f"{disk['disk_rows']:,}, {disk['memory_rows']:,} |",
        f"| accuracy on Fashion-MNIST, 8 workers, rows in random order, 10 epochs, "
        f"{len(found['accuracy']['shards'])} seeds: shards, partitions | "
        + ", ".join(f"{100 * np.mean(found['accuracy'][name]):.2f} %" for name in SCHEMES) + " |",
        f"| time of a worker's round of {1e3 * np.median(tasks):.1f} ms in {len(tasks)} rounds, 8 "
        "workers on 2 processes, beside the median: 5 %, 95 %, 99 %, longest | "
        + ", ".join(f"{value:.2f}" for value in spread) + " |",
    ]


def predicted(found, local, between):
    """Lines of what is predicted.

    ``local(weights)`` says how long the mean of a node takes, ``between(weights, nodes)`` the one
    between nodes, in seconds.
    """
    lines = [
        f"\n**Rows that stay: {DATA / 1e12:g} TB of rows, nodes of {CORES} workers "
        "(predicted)**\n",
        f"A node has its share of the rows and {BASE / 1e9:g} GB for each rank. Before the first "
        f"round rows are read {READS} times (ranges, means, deviations) from disks with an assumed "
        f"{DISK / 1e9:g} GB/s. The time of the slowest worker of a round is drawn from the "
        f"measured times of rounds ({1e3 * np.median(found['tasks']):.1f} ms, on a machine that "
        "was doing other work), so delays that are rarer than those are not included. The last "
        "line is the fraction of a round that is spent on training if all wait for the slowest.\n",
        "| | " + " | ".join(f"{nodes} nodes" for nodes in NODES) + " |",
        "| --- " * (len(NODES) + 1) + "|",
    ]
    rows = {
        "memory of a node": [f"{(DATA / n + BASE) / 1e9:,.1f} GB" for n in NODES],
        "reading before the first round": [f"{READS * DATA / n / DISK:,.0f} s" for n in NODES],
        "fraction spent on training": [
            f"{100 / slowest(found['tasks'], n * CORES):.1f} %" for n in NODES
        ],
    }
    lines += [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows.items()]
    return [*lines, *waiting(found["tasks"]), *grouped(found["tasks"], local, between)]


def waiting(tasks):
    """Lines on how much all wait for the slowest, if nodes meet less often."""
    lines = [
        f"\n**Nodes of {CORES} workers that wait for each other after several rounds "
        "(predicted)**\n",
        "The same fraction, if nodes exchange weights after this number of rounds. The times of "
        "a worker's rounds are drawn independently from the measured ones, so a worker that is "
        "slow for many rounds is not included. The workers of a node do not wait for each other in "
        "between. In blocks, where they wait after every round, a node waits as in the first line "
        "with one node.\n",
        "| rounds | " + " | ".join(f"{nodes} nodes" for nodes in NODES) + " |",
        "| --- " * (len(NODES) + 1) + "|",
    ]
    for length in LENGTHS:
        parts = [f"{100 / slowest_of_sums(tasks, n * CORES, length):.1f} %" for n in NODES]
        lines.append(f"| {length} | " + " | ".join(parts) + " |")
    return lines


def grouped(tasks, local, between):
    """Lines on groups: blocks of rounds inside a node, and rarer means between the nodes."""
    mean = float(np.mean(tasks))
    lines = [
        f"\n**Groups: {CORES} workers of a node in blocks, all nodes more rarely (predicted)**\n",
        f"With `groups` the workers of a node are averaged after every round of {1e3 * mean:.1f} "
        f"ms, in blocks. This takes two barriers of a microsecond and the mean of {WEIGHTS:,} "
        "weights, of which each process averages its own slice, "
        f"{1e6 * local(WEIGHTS) / CORES:.1f} µs. All groups are averaged after the stated number "
        "of rounds, over the 10 Gb/s Ethernet assumed above. The table has the fraction of the "
        "time that is spent on training. A node waits for its slowest worker in every round, "
        "however rarely the groups are averaged. In the last line there are no groups, and "
        "workers train alone between the means of all.\n",
        "| all groups meet after | " + " | ".join(f"{nodes} nodes" for nodes in NODES) + " |",
        "| --- " * (len(NODES) + 1) + "|",
    ]
    for length, group in [(length, CORES) for length in LENGTHS] + [(LENGTHS[-1], 1)]:
        parts = []
        for nodes in NODES:
            ends = nodes if group > 1 else nodes * CORES
            spent = slowest_of_sums(tasks, ends, length, group) * mean * length
            spent += (
                length * (local(WEIGHTS) / CORES + 2 * BARRIER) if group > 1 else local(WEIGHTS)
            )
            spent += between(WEIGHTS, nodes) if nodes > 1 else 0.0
            parts.append(f"{100 * mean * length / spent:.1f} %")
        name = "rounds" if length > 1 else "round"
        lines.append(
            f"| {length} {name}{'' if group > 1 else ', no groups'} | {' | '.join(parts)} |"
        )
    return lines
