"""PyTorch DistributedDataParallel over gloo: two processes of one thread, half the rows each.

Each has the work's batch size, as each of two workers has.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from bench.peers.pytorch import fastest_variant, loss_of, network, optimizer, versions
from bench.workloads import Workload

__all__ = ["make", "versions"]
SIZE = 2


class Rank:
    def __init__(self, work: Workload, rank: int, meeting_point: str) -> None:
        cpus = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cpus[rank % len(cpus)]})
        torch.set_num_threads(1)
        dist.init_process_group(
            "gloo", init_method=f"file://{meeting_point}", rank=rank, world_size=SIZE
        )
        X, y = work.data()
        self._X, self._y, self._batch = torch.from_numpy(X), torch.from_numpy(y), work.batch
        self._rank, self._generator = rank, torch.Generator().manual_seed(0)
        model = DistributedDataParallel(
            network(work), gradient_as_bucket_view=True, static_graph=True
        )
        self._loss = loss_of(model, work)
        self._update = optimizer(model, work, fastest_variant(work))

    def epoch(self) -> float:
        # One order for all ranks; as many steps for each, or one would wait for ever.
        order = torch.randperm(len(self._X), generator=self._generator)
        half = len(order) // SIZE
        mine, total = order[self._rank * half : (self._rank + 1) * half], torch.zeros(())
        for chosen in mine.split(self._batch):
            self._update.zero_grad()
            loss = self._loss(self._X[chosen], self._y[chosen])
            loss.backward()
            self._update.step()
            total += loss.detach() * len(chosen)
        return float(total) / half


def second_rank(work: Workload, meeting_point: str, orders: Connection) -> None:
    rank = Rank(work, 1, meeting_point)
    with contextlib.suppress(EOFError):
        while orders.recv():
            rank.epoch()
    dist.destroy_process_group()


class Both:
    def __init__(self, work: Workload, option: str, threads: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="fastavg-bench-")
        self._cpus = os.sched_getaffinity(0)
        meeting_point = str(Path(self._folder.name, "meet"))
        context = get_context("spawn")
        theirs, self._orders = context.Pipe(duplex=False)
        self._other = context.Process(
            target=second_rank, args=(work, meeting_point, theirs), daemon=True
        )
        self._other.start()
        theirs.close()
        self._rank = Rank(work, 0, meeting_point)

    def epoch(self) -> float:
        self._orders.send(True)
        return self._rank.epoch()

    def accuracy(self, X: Any, y: Any) -> float:
        raise NotImplementedError

    def close(self) -> None:
        self._orders.send(False)
        dist.destroy_process_group()
        self._other.join(30)
        self._folder.cleanup()
        os.sched_setaffinity(0, self._cpus)


make = Both
