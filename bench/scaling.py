"""A model of the time of a mean between ranks, fitted to measurements, and what it predicts.

    python bench/scaling.py measure > bench/scaling.json      (starts mpiexec itself)
    python bench/scaling.py write bench/scaling.json > docs/scaling.md

The model: seconds = messages x latency + bytes / bandwidth + weights x reduction.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import nnls

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
BLOCK = 1 << 22
CORES = 64
# What nobody measured here: latency in seconds and bytes a second of usual networks.
NETWORKS = {"10 Gb/s Ethernet": (30e-6, 1.1e9), "100 Gb/s InfiniBand": (2e-6, 11e9)}
SHAPES = {
    "10⁵ weights": (100_000, 100_000), "10⁷ weights": (10_000_000, 100_000),
    "10⁹ weights": (1_000_000_000, 1_000_000),
}
NODES = (1, 4, 16, 64, 256, 1024)
EVERY = (0.125, 1, 5)


def collectives(weights, ranks):
    """How many collectives a mean takes with one worker a rank: two for each block."""
    return 2 * math.ceil(4 * weights / BLOCK)


def sent(weights, ranks):
    """Bytes that leave a rank: its parts to their owners, its own mean to the others."""
    return 8 * weights * (ranks - 1) / ranks


def messages(weights, ranks):
    """Messages that follow one upon the other; a collective takes log2(ranks) at best."""
    return collectives(weights, ranks) * math.ceil(math.log2(ranks))


def reduction_seconds(slots, weights=2_000_000, repeats=7):
    """Seconds of the averaging kernel for each weight and slot, in one process."""
    from fastavg.kernels.mean import mean

    memory = np.ones(slots * weights, np.float32)
    shares, starts = np.full(slots, 1 / slots), np.arange(slots) * weights
    out = np.empty(weights, np.float32)
    best = math.inf
    for _ in range(repeats):
        began = time.perf_counter()
        mean(memory, starts, shares, out)
        best = min(best, time.perf_counter() - began)
    return best / (slots * weights)


def training_rate():
    """Floating-point operations a second of one core, training a network of 235,146 weights."""
    from fastavg import SGD, Network, Plan, train
    from fastavg.training.history import History

    network, history = Network((784, 256, 128, 10)), History()
    X = np.random.default_rng(0).random((20_000, 784), np.float32)
    plan = Plan(epochs=2, batch_size=128, solver=SGD())
    train(network, X, np.arange(20_000) % 10, plan, processes=1, observers=[history])
    spent = min(record.kernel_seconds for record in history.records)
    return network.flops_per_row * 20_000 / spent


def measure():
    """Everything that is measured, as one record."""
    beside = Path(sys.executable).parent / "mpiexec"
    runs = []
    for ranks in (2, 4):
        done = subprocess.run(
            [beside, "-n", str(ranks), sys.executable, Path(__file__).parent / "allreduce.py",
             "--repeats", "15", "--weights", *map(str, SIZES)],
            check=True, capture_output=True, text=True,
        )
        runs += [json.loads(line) for line in done.stdout.splitlines()]
    return {"runs": runs, "reduction": reduction_seconds(8), "flops": training_rate()}


def fit(found):
    """Latency and seconds a byte that fit the runs of two ranks best, in relative terms."""
    rows, targets = [], []
    for run in (run for run in found["runs"] if run["ranks"] == 2):
        weights, seconds = run["weights"], run["seconds"]["exact"]
        rest = max(seconds - weights * found["reduction"], 0.1 * seconds)
        rows.append([messages(weights, 2) / seconds, sent(weights, 2) / seconds])
        targets.append(rest / seconds)
    latency, per_byte = nnls(np.array(rows), np.array(targets))[0]
    return latency, per_byte


def predict(weights, ranks, latency, per_byte, reduction):
    """Seconds of a mean between ranks."""
    return (
        messages(weights, ranks) * latency + sent(weights, ranks) * per_byte + weights * reduction
    )


def efficiency(found, weights, rows, nodes, every, network):
    """Part of a round spent training: nodes of 64 workers each, ``rows`` rows a worker."""
    latency, bandwidth = network
    training = every * rows * 6 * weights / found["flops"]
    # The workers of a node are averaged there first; float64 sums then take 12 bytes, not 8.
    local = CORES * weights * found["reduction"]
    between = 0.0
    if nodes > 1:
        between = predict(weights, nodes, latency, 1.5 / bandwidth, found["reduction"])
    return training / (training + local + between)


def write(found):
    """The page."""
    latency, per_byte = fit(found)
    lines = [PAGE.format(
        latency=1e6 * latency, bandwidth=1e-9 / per_byte if per_byte else math.inf,
        reduction=1e9 * found["reduction"], flops=1e-9 * found["flops"],
    ), "| ranks | weights | bare Allreduce | exact | fast | the model's exact |",
        "| --- | --- | --- | --- | --- | --- |"]
    for run in found["runs"]:
        ms = {name: f"{1e3 * value:.2f} ms" for name, value in run["seconds"].items()}
        model = predict(run["weights"], run["ranks"], latency, per_byte, found["reduction"])
        lines.append(
            f"| {run['ranks']} | {run['weights']:,} | {ms['bare']} | {ms['exact']} "
            f"| {ms['fast']} | {1e3 * model:.2f} ms |"
        )
    lines.append(PREDICTED)
    for name, network in NETWORKS.items():
        for shape, (weights, rows) in SHAPES.items():
            lines += [f"\n**{name}, {shape}, {rows:,} rows a worker (predicted)**\n",
                      "| average every | " + " | ".join(f"{n} nodes" for n in NODES) + " |",
                      "| --- " * (len(NODES) + 1) + "|"]
            for every in EVERY:
                parts = [efficiency(found, weights, rows, n, every, network) for n in NODES]
                cells = " | ".join(f"{100 * part:.1f} %" for part in parts)
                lines.append(f"| {every} epochs | {cells} |")
    return "\n".join(lines) + "\n"


PAGE = """# How it scales

This page is written by `python bench/scaling.py`; its first table was measured, all others are
predicted by a model fitted to it. The two are never mixed.

A round costs training, the mean on each machine, and the mean between machines:

    seconds between = messages × latency + bytes / bandwidth + weights × reduction

With one worker a rank, R ranks and n float32 weights, the bytes that leave a rank are
8 n (R-1) / R, the same as in a plain allreduce; messages that follow one upon the other are
2 log₂ R for each block of a million weights; and each rank adds n numbers.

## Measured

Ranks on one machine with two cores, through its memory; medians. Four ranks share two cores, and
wait for them. A core trains at {flops:.0f} GFLOP/s; the averaging kernel takes {reduction:.2f} ns
for each weight and slot. Fitted to two ranks: latency {latency:.0f} µs, bandwidth
{bandwidth:.2f} GB/s.
"""
ASSUMED = "; ".join(
    f"{name}: {1e6 * latency:.0f} µs, {1e-9 * bandwidth:.1f} GB/s"
    for name, (latency, bandwidth) in NETWORKS.items()
)
PREDICTED = f"""
## Predicted

None of this was measured. The part of a round spent training, for nodes of {CORES} cores with a
worker each. Training and reduction are taken from the measurement above; latency and bandwidth are
assumed: {ASSUMED}.
Averaging overlaps nothing yet, solver states are reset (averaging them too costs as much again for
each of their vectors), and stragglers are left out."""

if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        json.dump(measure(), sys.stdout, indent=1)
    elif sys.argv[1:2] == ["write"] and sys.argv[2:]:
        sys.stdout.write(write(json.loads(Path(sys.argv[2]).read_text())))
    else:
        sys.exit(__doc__)
