"""The memory of a command and all its processes, shared pages divided among their users."""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections.abc import Sequence
from statistics import median

import psutil

INTERVAL = 0.2


def proportional_set_size(process: psutil.Process) -> int:
    """Bytes of a process and its descendants."""
    total = 0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += each.memory_full_info().pss
    return total


def while_training(command: Sequence[str]) -> dict[str, float]:
    """Run ``fastavg train ... --json``; the median size between its first and last round,
    and the largest size of all.
    """
    process = subprocess.Popen(
        [*command, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    rounds = 0
    sizes: list[tuple[int, int]] = []
    ended = threading.Event()

    def watch() -> None:
        watched = psutil.Process(process.pid)
        while not ended.wait(INTERVAL):
            with contextlib.suppress(psutil.NoSuchProcess):
                sizes.append((rounds, proportional_set_size(watched)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert process.stdout
    for line in process.stdout:
        rounds += json.loads(line).get("event") == "round"
    ended.set()
    watcher.join()
    assert process.wait() == 0, f"{' '.join(command)} failed"
    training = [size for done, size in sizes if 0 < done < rounds]
    return {"training": median(training), "peak": max(size for _, size in sizes)}
