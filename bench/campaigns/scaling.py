"""A model of the time of a mean between ranks, fitted to measurements, and what it predicts.

    python bench/campaigns/scaling.py measure > bench/campaigns/scaling.json    (by mpiexec)
    python bench/campaigns/scaling.py write bench/campaigns/scaling.json > docs/measured/scaling.md

The model: seconds = messages x (overhead + delays x delay) + bytes / bandwidth
                     + weights x reduction.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import partition_model
from delays import sweep
from scipy.optimize import nnls

from fastavg import Execution

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
    """How many collectives a mean takes with one worker a rank: two for each block and the rest."""
    return 2 * math.ceil(4 * weights / BLOCK) + 2


def sent(weights, ranks):
    """Bytes that leave a rank: its parts to their owners, its own mean to the others."""
    return 8 * weights * (ranks - 1) / ranks


def messages(weights, ranks):
    """Messages that follow one upon the other; a collective takes log2(ranks) at best."""
    return collectives(weights, ranks) * math.ceil(math.log2(ranks))


def reduction_seconds(slots, weights=2_000_000, repeats=7):
    """Seconds of the averaging kernel for each weight and slot, in one process."""
    from fastavg.kernels.means.exact import mean

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
    from fastavg.training.observers.history import History

    network, history = Network((784, 256, 128, 10)), History()
    X = np.random.default_rng(0).random((20_000, 784), np.float32)
    plan = Plan(epochs=2, batch_size=128, solver=SGD())
    train(network, X, np.arange(20_000) % 10, plan, execution=Execution(1, observers=[history]))
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
    return {
        "runs": runs, "hosts": sweep(),
        "reduction": reduction_seconds(8), "flops": training_rate(),
    }


def fit(runs, reduction):
    """Overhead and delays of a message and seconds a byte that fit two ranks, in relative terms."""
    rows, targets = [], []
    for run in (run for run in runs if run["ranks"] == 2):
        weights, seconds = run["weights"], run["seconds"]["exact"]
        rest = max(seconds - weights * reduction, 0.1 * seconds)
        count = messages(weights, 2)
        row = [count, count * run.get("delay", 0.0), sent(weights, 2)]
        rows.append([value / seconds for value in row])
        targets.append(rest / seconds)
    return nnls(np.array(rows), np.array(targets))[0]


def predict(weights, ranks, line, reduction, delay=0.0):
    """Seconds of a mean between ranks; ``line`` is what :func:`fit` found."""
    overhead, delays, per_byte = line
    return (
        messages(weights, ranks) * (overhead + delays * delay)
        + sent(weights, ranks) * per_byte + weights * reduction
    )


def efficiency(found, delays, weights, rows, nodes, every, network):
    """Part of a round spent training: nodes of 64 workers each, ``rows`` rows a worker."""
    latency, bandwidth = network
    training = every * rows * 6 * weights / found["flops"]
    # The workers of a node are averaged there first; float64 sums then take 12 bytes, not 8.
    local = CORES * weights * found["reduction"]
    between = 0.0
    if nodes > 1:
        line = (0.0, delays, 1.5 / bandwidth)
        between = predict(weights, nodes, line, found["reduction"], latency)
    return training / (training + local + between)


def table(runs, line, reduction):
    """Lines of a table of measured runs, the model beside them."""
    lines = ["| delay | ranks | weights | bare Allreduce | exact | fast | the model's exact |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for run in runs:
        delay = run.get("delay", 0.0)
        ms = {name: f"{1e3 * value:.2f} ms" for name, value in run["seconds"].items()}
        model = predict(run["weights"], run["ranks"], line, reduction, delay)
        lines.append(
            f"| {1e3 * delay:g} ms | {run['ranks']} | {run['weights']:,} | {ms['bare']} "
            f"| {ms['exact']} | {ms['fast']} | {1e3 * model:.2f} ms |"
        )
    return lines


def write(found):
    """The page."""
    reduction = found["reduction"]
    kept = json.loads(Path(__file__).with_name("partitions.json").read_text())
    near, far = fit(found["runs"], reduction), fit(found["hosts"], reduction)
    lines = [
        PAGE.format(reduction=1e9 * reduction, flops=1e-9 * found["flops"]),
        NEAR.format(overhead=1e6 * near[0], bandwidth=1e-9 / max(near[2], 1e-15)),
        *table(found["runs"], near, reduction),
        FAR.format(overhead=1e6 * far[0], delays=far[1], bandwidth=1e-9 / max(far[2], 1e-15)),
        *table(found["hosts"], far, reduction),
        *partition_model.measured(kept),
        PREDICTED.format(delays=far[1]),
    ]
    for name, network in NETWORKS.items():
        for shape, (weights, rows) in SHAPES.items():
            lines += [f"\n**{name}, {shape}, {rows:,} rows a worker (predicted)**\n",
                      "| average every | " + " | ".join(f"{n} nodes" for n in NODES) + " |",
                      "| --- " * (len(NODES) + 1) + "|"]
            for every in EVERY:
                parts = [efficiency(found, far[1], weights, rows, n, every, network) for n in NODES]
                cells = " | ".join(f"{100 * part:.1f} %" for part in parts)
                lines.append(f"| {every} epochs | {cells} |")
    latency, bandwidth = NETWORKS["10 Gb/s Ethernet"]
    lines += partition_model.predicted(
        kept, lambda weights: CORES * weights * reduction,
        lambda weights, nodes: predict(
            weights, nodes, (0.0, far[1], 1.5 / bandwidth), reduction, latency
        ),
    )
    return "\n".join(lines) + "\n"


PAGE = """# How it scales

This page says what averages between machines cost. Everything under *Measured* was measured;
everything under *Predicted* comes from a model that was fitted to the measurements. The page is
written by `python bench/campaigns/scaling.py`.

The time of a round is that of training, of the mean on each machine, and of the mean between
machines:

    seconds between = messages × (overhead + delays × delay)
                    + bytes / bandwidth + weights × reduction

With one worker a rank, R ranks and n float32 weights, the bytes that leave a rank are
8 n (R-1) / R, the same as in a plain allreduce. There are 2 log₂ R messages one after the other for
each block of a million weights, and for the rest. A message takes *delays* times the one-way delay
of the network, since long messages are announced first. Each rank adds n numbers.

## Measured

A core trains at {flops:.0f} GFLOP/s; the averaging kernel takes {reduction:.2f} ns for each
weight and slot. Times are medians, on a machine that was doing other work as well.
"""
NEAR = """### On one machine

These ranks are on one machine with two cores and communicate through its memory. Four ranks share
two cores, and wait for them.
Fitted to two ranks: overhead {overhead:.0f} µs a message, bandwidth {bandwidth:.2f} GB/s.
"""
FAR = """
### On two hosts, at several delays

These ranks are in two network namespaces on the same two cores, half of them in each, and
communicate by TCP only. The cable between the namespaces is a program that delays each frame
(`tests/communicators/delayline.py`), or a veth pair at delay 0. The delay is real; the bandwidth is
that of this machine. Fitted to two ranks: overhead {overhead:.0f} µs a message, {delays:.1f} delays
a message, bandwidth {bandwidth:.2f} GB/s. Four ranks on two cores are slower than the model at
short delays, since the model does not include waiting for a core. They are mostly faster at long
ones, since two of the four are on the same side of the cable.
"""
ASSUMED = "; ".join(
    f"{name}: {1e6 * latency:.0f} µs, {1e-9 * bandwidth:.1f} GB/s"
    for name, (latency, bandwidth) in NETWORKS.items()
)
PREDICTED = f"""
## Predicted

None of this was measured. The tables have the fraction of a round that is spent on training, for
nodes of {CORES} cores with a worker each. Training, reduction and delays a message
({{delays:.1f}}) are taken from the
measurements above; latency, which stands for overhead and delay, and bandwidth are assumed:
{ASSUMED}.
Averaging does not overlap with training, solver states are reset (averaging them costs as much
again for each of their vectors), and slow workers are not modelled."""

if __name__ == "__main__":
    if sys.argv[1:2] == ["measure"]:
        json.dump(measure(), sys.stdout, indent=1)
    elif sys.argv[1:2] == ["write"] and sys.argv[2:]:
        sys.stdout.write(write(json.loads(Path(sys.argv[2]).read_text())))
    else:
        sys.exit(__doc__)
