"""What watching costs: seconds of training with nobody looking, with a run folder, and watched.

    python -m bench.campaigns.watching             five rounds of alternating runs, two minutes
    python -m bench.campaigns.watching --rounds 2  a first look

Every run is a process of its own, ``fastavg train`` on rows of this script, with the same options
and the same bits; what is compared are its own seconds of training. A watched run has ``fastavg
watch`` serving its folder, and a client that asks for runs and new events once a second, as the
page does; its server's processor time is counted too, which neighbours on the machine disturb less
than the clock. The share that is asked for is at most 1 %.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, median, stdev

import numpy as np
import psutil

WAYS = ("alone", "folder", "watched")
ROWS, COLUMNS = 20_000, 100
OPTIONS = (
    "--quiet", "--json", "--workers", "2", "--hidden", "256,128", "--batch-size", "32",
    "--average-every", "8 steps", "--test-size", "0.1",
)
ASK_SECONDS = 1.0


def command(*arguments: str) -> list[str]:
    """The command line of ``fastavg``."""
    return [sys.executable, "-m", "fastavg_cli", *arguments]


@contextlib.contextmanager
def watched(folder: Path, busy: list[float]) -> Iterator[None]:
    """Serve a folder, and ask for what is new once a second; add the server's seconds of work."""
    server = subprocess.Popen(
        command("watch", str(folder), "--json"), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )
    assert server.stdout is not None
    address = urllib.parse.urlsplit(json.loads(server.stdout.readline())["url"])
    before = sum(psutil.Process(server.pid).cpu_times()[:2])
    over = threading.Event()

    def ask(path: str, **more: object) -> dict | list:
        query = f"{address.query}&{urllib.parse.urlencode(more)}"
        with urllib.request.urlopen(f"http://{address.netloc}/{path}?{query}") as answer:
            return json.load(answer)

    def follow() -> None:
        places: dict[str, int] = {}
        while not over.wait(ASK_SECONDS):
            for name in ask("runs"):
                places[name] = ask("events", run=name, **{"from": places.get(name, 0)})["next"]

    client = threading.Thread(target=follow)
    client.start()
    try:
        yield
    finally:
        over.set()
        client.join()
        busy.append(sum(psutil.Process(server.pid).cpu_times()[:2]) - before)
        server.terminate()
        server.wait()


def seconds_of(
    way: str, data: Path, place: Path, epochs: int, busy: list[float]
) -> tuple[float, str]:
    """Seconds of training of one run, and the digest of its weights."""
    folder = place / "runs"
    more = () if way == "alone" else ("--run", str(folder / way), "--force")
    arguments = ("train", str(data), *OPTIONS, "--epochs", str(epochs), *more)
    folder.mkdir(exist_ok=True)
    with watched(folder, busy) if way == "watched" else contextlib.nullcontext():
        done = subprocess.run(command(*arguments), capture_output=True, text=True, check=True)
    record = json.loads(done.stdout.splitlines()[-1])
    return record["seconds"], record["weights_sha256"]


def main() -> None:
    """Alternate the three ways, and print what each costs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=150)
    given = parser.parse_args()
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    digests, busy = set(), []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        X = np.random.default_rng(0).normal(size=(ROWS, COLUMNS)).astype("f4")
        np.savez(place / "rows.npz", X=X, y=(X[:, 0] + X[:, 1] > 0).astype(int))
        # The first run compiles.
        seconds_of("alone", place / "rows.npz", place, 1, busy)
        for round in range(given.rounds):
            for way in random.Random(round).sample(WAYS, len(WAYS)):
                seconds, digest = seconds_of(way, place / "rows.npz", place, given.epochs, busy)
                taken[way].append(seconds)
                digests.add(digest)
            print(f"round {round + 1}  " + "  ".join(
                f"{way} {taken[way][-1]:.3f} s" for way in WAYS
            ), flush=True)
    assert len(digests) == 1, "weights differ"
    for way, base in (("folder", "alone"), ("watched", "folder")):
        ratios = [one / other - 1 for one, other in zip(taken[way], taken[base], strict=True)]
        error = stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else float("nan")
        print(
            f"{way} / {base}: {median(taken[way]) / median(taken[base]) - 1:+.2%} by medians, "
            f"{mean(ratios):+.2%} on average (standard error {error:.2%}), "
            f"{min(taken[way]) / min(taken[base]) - 1:+.2%} by the quickest"
        )
    print(
        f"the server worked {median(busy):.3f} s of {median(taken['watched']):.2f} s, "
        f"{median(busy) / median(taken['watched']):.2%}"
    )


if __name__ == "__main__":
    main()
