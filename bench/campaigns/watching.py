"""What a run folder costs, and what watching it costs, in shares of the seconds of training.

    python -m bench.campaigns.watching             100 pairs of each, two to three minutes
    python -m bench.campaigns.watching --pairs 10  a first look

Short trainings in this process alternate, one pair after the other and in changing order: nobody
looks, a folder is written, the folder is written and watched.  All three have the same bits.
``fastavg watch`` serves the folders throughout, and a client in a process of its own asks it
for runs and new events while a watched one trains: four times a second, so that each short
training meets it, where the page asks once.

A pair is one per cent of the seconds apart or more, from noise alone, so there are many pairs, and
what counts is the mean of the middle half of their ratios, with its standard error.  Beside it
stands what needs no pairs: the processor seconds that the server and the writing of events took
themselves, in shares of the seconds of training.  At most 1 % is asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median, stdev
from typing import IO

import numpy as np
import psutil

from fastavg import Adam, Execution, Network, Plan, train
from fastavg.runs.event_log import EventLog
from fastavg.runs.run_folder import create_run
from fastavg.training.observers.history import History

WAYS = ("alone", "folder", "watched")
ROWS, COLUMNS = 20_000, 100
NETWORK = Network((COLUMNS, 256, 128, 2))
ASK_SECONDS, PAGE_SECONDS = 0.25, 1.0


class TimedLog(EventLog):
    """Adds up the processor seconds of this thread that writing takes."""

    spent = 0.0

    def on_start(self, event):
        with self._counting():
            super().on_start(event)

    def on_round(self, event):
        with self._counting():
            super().on_round(event)

    def on_event(self, event):
        with self._counting():
            super().on_event(event)

    def close(self):
        with self._counting():
            super().close()

    @contextlib.contextmanager
    def _counting(self):
        began = time.thread_time()
        yield
        TimedLog.spent += time.thread_time() - began


@dataclass
class Trainings:
    """Trains the same in three ways.

    Parameters
    ----------
    place : Path
        For the folders.
    client : file
        Takes ``on`` and ``off``.
    epochs : int
        Of a training.
    """

    place: Path
    client: IO[str]
    epochs: int
    digests: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._X = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype("f4")
        self._y = (self._X[:, 0] + self._X[:, 1] > 0).astype(int)
        self._plan = Plan(
            workers=2, batch_size=32, average_every="8 steps", epochs=self.epochs,
            solver=Adam(1e-3),
        )

    def seconds(self, way: str) -> float:
        """Of all rounds of a training, and of closing its folder."""
        with contextlib.ExitStack() as stack:
            observers = [History()]
            if way != "alone":
                folder = create_run(self.place / way, force=True)
                observers.append(stack.enter_context(TimedLog(folder)))
            self.client.write("on\n" if way == "watched" else "off\n")
            self.client.flush()
            began = time.perf_counter()
            model = train(
                NETWORK, self._X, self._y, self._plan,
                execution=Execution(processes=2, observers=observers),
            )
        self.digests.add(model.weights.tobytes())
        return time.perf_counter() - began


def ask_on_demand(url: str) -> None:
    """The client: asks while standard input has said ``on``, until it ends."""
    address, asks, over = urllib.parse.urlsplit(url), threading.Event(), threading.Event()

    def ask(path: str, **more: object) -> dict | list:
        query = f"{address.query}&{urllib.parse.urlencode(more)}"
        with urllib.request.urlopen(f"http://{address.netloc}/{path}?{query}") as answer:
            return json.load(answer)

    def follow() -> None:
        places: dict[str, int] = {}
        while not over.wait(ASK_SECONDS):
            for name in ask("runs") if asks.is_set() else ():
                # A folder that is written anew is shorter: the page begins again, too.
                places[name] = ask("events", run=name, **{"from": places.get(name, 0)})["next"]

    threading.Thread(target=follow).start()
    for line in sys.stdin:
        asks.set() if line.strip() == "on" else asks.clear()
    over.set()


@contextlib.contextmanager
def served(folder: Path) -> Iterator[tuple[psutil.Process, IO[str]]]:
    """``fastavg watch`` for a folder, and where the client takes its orders."""
    server = subprocess.Popen(
        [sys.executable, "-m", "fastavg_cli", "watch", str(folder), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )
    try:
        url = json.loads(server.stdout.readline())["url"]
        with subprocess.Popen(
            [sys.executable, "-m", "bench.campaigns.watching", "--client", url],
            stdin=subprocess.PIPE, text=True,
        ) as client:
            yield psutil.Process(server.pid), client.stdin
            client.stdin.close()
    finally:
        server.terminate()
        server.wait()


def compared(taken: dict[str, list[float]], way: str, base: str) -> str:
    """How much longer one way takes than another, from the middle half of the pairs."""
    ratios = sorted(one / other - 1 for one, other in zip(taken[way], taken[base], strict=True))
    cut = len(ratios) // 4
    middle = ratios[cut: len(ratios) - cut]
    # Winsorized deviation, as for any trimmed mean (Tukey and McLaughlin 1963).
    edges = [min(max(each, middle[0]), middle[-1]) for each in ratios]
    error = stdev(edges) / (len(middle) / len(ratios)) / len(ratios) ** 0.5
    return f"{way} / {base}: {mean(middle):+.2%} (standard error {error:.2%})"


def main() -> None:
    """Alternate the three ways, and print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--client")
    given = parser.parse_args()
    if given.client:
        ask_on_demand(given.client)
        return
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    busy = 0.0
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as (server, client):
        trainings = Trainings(Path(folder), client, given.epochs)
        for way in WAYS:
            # What all need is compiled and loaded.
            trainings.seconds(way)
        TimedLog.spent = 0.0
        for pair in range(given.pairs):
            for way in WAYS if pair % 2 else WAYS[::-1]:
                before = sum(server.cpu_times()[:2])
                taken[way].append(trainings.seconds(way))
                busy += sum(server.cpu_times()[:2]) - before
    assert len(trainings.digests) == 1, "weights differ"
    print("  ".join(f"{way} {median(taken[way]):.3f} s" for way in WAYS))
    print(compared(taken, "folder", "alone"))
    print(compared(taken, "watched", "folder"))
    watched, written = sum(taken["watched"]), sum(taken["folder"]) + sum(taken["watched"])
    print(f"writing events: {TimedLog.spent / written:.2%} of the seconds of training")
    share = busy / watched
    print(
        f"server: {share:.2%} of a processor while a watched run trained, "
        f"{share * ASK_SECONDS / PAGE_SECONDS:.2%} with one question a second"
    )


if __name__ == "__main__":
    main()
