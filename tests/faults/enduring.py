"""Campaigns without a disturbance: a thousand fits, and what the safeguards cost."""

from __future__ import annotations

import gc
import math
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from fastavg import MLPClassifier
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.team.fork_server import close_fork_server
from tests.faults import subject
from tests.faults.bare import bare
from tests.faults.rows import Row


def fits(part):
    """1,000 fits in one process: memory and descriptors."""
    row = Row("1,000 fits in one process", "memory growth <= 5 %, descriptors constant")
    random_numbers = np.random.default_rng(0)
    X = random_numbers.normal(size=(300, 10)).astype("f4")
    y = X[:, 0] > X[:, 1]
    me, count = psutil.Process(), max(20, int(1000 * part))

    def fit(turn):
        MLPClassifier((8,), workers=2, processes=1 + turn % 2, max_iter=2, random_state=0,
                      n_iter_no_change=10**6).fit(X, y)

    for turn in range(count // 10):
        fit(turn)
    gc.collect()
    memory, handles = me.memory_info().rss, me.num_fds()
    for turn in range(count):
        fit(turn)
    gc.collect()
    growth = me.memory_info().rss / memory - 1
    row.count(growth <= 0.05 and me.num_fds() == handles, (growth, handles, me.num_fds()))
    row.more = f"({count} fits: memory {growth:+.1%}, descriptors {handles} and {me.num_fds()})"
    close_fork_server()
    return row.show()


def cost(part):
    """What supervision and a checkpoint every minute cost, by runs in turn with and without."""
    row = Row("cost of all this in an undisturbed run", "<= 1 % of the time")
    data, turns = subject.digits(), max(8, int(42 * part))
    plan = replace(subject.PLAN, epochs=2000, average_every=5)
    with tempfile.TemporaryDirectory() as folder:
        ratios = []
        for turn in range(turns):
            seconds = {}
            for kind in ("bare", "whole") if turn % 2 else ("whole", "bare"):
                began = time.perf_counter()
                if kind == "bare":
                    with bare():
                        subject.train(data, 2, plan=plan)
                else:
                    path = Path(folder, f"run-{turn}")
                    subject.train(data, 2, Checkpoints(path, every="60s"), plan=plan)
                seconds[kind] = time.perf_counter() - began
            ratios.append(seconds["whole"] / seconds["bare"])
    ratios = sorted(ratios[2:])
    middle = statistics.median(ratios)
    # Order statistics around the median: at least 95 % sure, whatever the distribution.
    margin = math.ceil(0.98 * math.sqrt(len(ratios)))
    low, high = (ratios[len(ratios) // 2 + side] for side in (-margin, margin - 1))
    row.count(middle <= 1.01, middle)
    row.more = (f"(median of {len(ratios)} pairs: {middle - 1:+.2%}, 95 % interval "
                f"{low - 1:+.2%} to {high - 1:+.2%})")
    close_fork_server()
    return row.show()
