"""A row of the table of docs/guide/reliability: how many of how many."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import ClassVar

SEED = 20120824


class Row:
    """A row of the table: how many of how many, and what else was measured."""

    shown: ClassVar[list[dict]] = []

    def __init__(self, name, wanted):
        self.name, self.wanted, self.good, self.all, self.more = name, wanted, 0, 0, ""
        self.failures = []

    def count(self, good, why=""):
        self.all += 1
        self.good += bool(good)
        if not good:
            self.failures.append(str(why)[:300])

    def show(self):
        verdict = "reached" if self.good == self.all else "MISSED"
        measured = f"{self.good} of {self.all} {self.more}".strip()
        print(f"| {self.name} | {self.wanted} | {measured} | {verdict} |", flush=True)
        for failure in self.failures[:5]:
            print("    ", failure, flush=True)
        Row.shown.append({**vars(self), "at": time.time(), "load": os.getloadavg()[0]})
        return self.good == self.all


def keep(path: Path) -> None:
    """Write everything that was shown so far to a JSON file."""
    path.write_text(json.dumps(Row.shown, indent=1, default=str) + "\n")
