"""``python -m bench.slices``: every benchmark in turn, in as many sittings as it takes.

What is done is kept beside the day's results, so a run that was ended goes on where it was:

    python -m bench.slices --minutes 8      # those that fit in, and no more
    python -m bench.slices                  # all that are left, then the page is written anew
    python -m bench.slices --again one_core # those with a word in their name once more
    python -m bench.slices --list           # what is done, and what is left

A benchmark is one process of pytest, so what fails ends no other; it is told in the end and is
tried again in the next sitting.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.report.records import now, path_of_today

ROOT = Path(__file__).parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


class Progress:
    """What is done, and how long it took, in a file beside the results.

    Parameters
    ----------
    results : Path
        The JSON file of results.
    """

    def __init__(self, results: Path) -> None:
        self._path = results.with_suffix(".progress")
        self.done: dict[str, dict[str, Any]] = {}
        if self._path.exists():
            self.done = json.loads(self._path.read_text())

    def left(self, names: list[str], again: str | None = None) -> list[str]:
        """Those of ``names`` that are not done, or are wanted again."""
        return [name for name in names if name not in self.done or (again and again in name)]

    def add(self, name: str, seconds: float) -> None:
        self.done[name] = {"at": now(), "seconds": round(seconds, 1)}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps(self.done, indent=1, sort_keys=True) + "\n")
        new.replace(self._path)


def collected(folder: str = "bench") -> list[str]:
    """The names of all benchmarks, as pytest takes them."""
    found = subprocess.run(
        [*PYTEST, "--collect-only", folder], cwd=ROOT, capture_output=True, text=True, check=True,
    )
    return [line for line in found.stdout.splitlines() if "::" in line]


def take(names: list[str], progress: Progress, results: Path, seconds: float) -> list[str]:
    """Run benchmarks until so many seconds are over; those that failed.

    One that is begun is ended.  It is not begun if its last run would not have fitted in.
    """
    end, failed = time.monotonic() + seconds, []
    for name in names:
        usual = progress.done.get(name, {}).get("seconds", 0.0)
        if time.monotonic() + usual >= end:
            continue
        print(f"{now()} {name}", flush=True)
        began = time.monotonic()
        ended = subprocess.run(
            [*PYTEST, f"--results={results}", name], cwd=ROOT, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, check=False,
        )
        if ended.returncode:
            failed.append(name)
            print(ended.stdout[-2000:], ended.stderr[-2000:], flush=True)
        else:
            progress.add(name, time.monotonic() - began)
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.slices")
    add = parser.add_argument
    add("--minutes", type=float, default=float("inf"), help="the length of a sitting")
    add("--again", metavar="WORD", help="measure those with WORD in their name once more")
    add("--results", type=Path, default=path_of_today(), help="the file of results")
    add("--list", action="store_true", help="say what is done, and measure nothing")
    given = parser.parse_args()
    progress, names = Progress(given.results.resolve()), collected()
    left = progress.left(names, given.again)
    if given.list:
        for name in names:
            print("left" if name in left else progress.done[name]["at"], name)
        return
    failed = take(left, progress, given.results.resolve(), 60 * given.minutes)
    left = progress.left(names)
    done = f"{len(names) - len(left)} of {len(names)} are done"
    print(f"{done}; failed: {', '.join(failed) or 'none'}")
    if not left:
        subprocess.run([sys.executable, "-m", "bench.report", given.results], cwd=ROOT, check=True)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
