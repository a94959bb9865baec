"""The reference of all options, as Markdown; ``python -m fastavg.plan.reference`` writes it."""

from __future__ import annotations

import re
import sys
from typing import Any

from fastavg.plan.surfaces import Entry, entries

TITLES = {
    "": "The plan", "algorithm": "Algorithm", "solver": "Solver",
    "solver.schedule": "Learning rate schedule",
    "solver.search": "Line search of conjugate gradients", "averaging": "Averaging rule",
    "period": "Period", "gain": "Gain of averages",
    "beginning": "First rounds", "sampling": "Sampling", "augment": "Deformation of images",
    "regularization": "Regularization", "loss": "Loss",
    "stopping": "Early stopping", "network": "Network", "data": "Data", "table": "Tables",
    "execution": "Execution",
}
HEAD = """# Options

Every option of a run: `fastavg train` takes each by `--set NAME=VALUE`, in a file for `--config`,
and some as flags; Python has them as fields of {class}`fastavg.Plan` and its components, and the
estimators as parameters. The table of `[solver]` and the like begins with `name`, the member; "of"
lists the members that have an option.

This page is generated: `python -m fastavg.plan.reference > docs/reference/options.md`.
"""


def reference() -> str:
    """The page."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries().values():
        groups.setdefault(entry.name.rpartition(".")[0], []).append(entry)
    sections = [
        f"## {TITLES[name]}\n\n| option | default | meaning | flag | estimators |\n"
        "| --- | --- | --- | --- | --- |\n" + "\n".join(map(_row, groups[name]))
        for name in sorted(groups, key=list(TITLES).index)
    ]
    return HEAD + "\n" + "\n\n".join(sections) + "\n"


def _row(entry: Entry) -> str:
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", entry.meaning.replace("``", "`"))
    if entry.members:
        text += f" Of {', '.join(entry.members)}."
    if entry.about.family is not None:
        text += f" One of {', '.join(entry.choices)}."
    cells = (
        f"`{entry.name}`", _shown(entry.default), text.replace("|", "\\|"),
        f"`{entry.about.flag}`" if entry.about.flag else "",
        f"`{entry.about.sklearn}`" if entry.about.sklearn else "",
    )
    return f"| {' | '.join(cells)} |"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
