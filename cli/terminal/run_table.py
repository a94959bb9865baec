"""Runs as a table: figures, seconds, and the options in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastavg.runs.comparison import ListedRun

WIDEST = 28


def run_table(runs: Sequence[ListedRun], options: Sequence[str]) -> list[str]:
    """Lines with columns set under each other.

    Parameters
    ----------
    runs : sequence of ListedRun
        In the order of the lines.
    options : sequence of str
        Options to show, by their dotted names.

    Returns
    -------
    list of str
        A header, and a line for each run.
    """
    figures = list(dict.fromkeys(
        name for run in runs for name in run.figures if not name.startswith("baseline_")
    ))
    head = ["run", "state", *figures, "seconds", *(_short(name, options) for name in options)]
    rows = [head]
    for run in runs:
        rows.append([
            run.folder.path.name, run.state,
            *(_number(run.figures.get(name)) for name in figures), f"{run.seconds:.1f}",
            *(_value(run.options.get(name)) for name in options),
        ])
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _short(name: str, options: Sequence[str]) -> str:
    last = name.rpartition(".")[2]
    return last if sum(each.rpartition(".")[2] == last for each in options) == 1 else name


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.5g}"


def _value(value: Any) -> str:
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    # The end of a path says more than its beginning.
    return "-" if value is None else text if len(text) <= WIDEST else f"...{text[3 - WIDEST:]}"
