"""The reference of all options, as Markdown; ``python -m fastavg.plan.reference`` writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from fastavg.plan.profiles import PROFILES
from fastavg.plan.surfaces import Entry, Variant, entries

TITLES = {
    "": "The plan", "algorithm": "Algorithm", "solver": "Solver",
    "solver.schedule": "Learning rate schedule",
    "solver.rates": "Learning rates of blocks of the weights",
    "solver.decays": "Weight decays of blocks of the weights",
    "solver.search": "Line search of conjugate gradients", "averaging": "Averaging rule",
    "period": "Period", "gain": "Gain of averages",
    "beginning": "First rounds", "sampling": "Sampling", "augment": "Deformation of images",
    "regularization": "Regularization", "loss": "Loss",
    "stopping": "Early stopping", "network": "Network", "data": "Data", "table": "Tables",
    "execution": "Execution",
}
HEAD = """# Options

This page lists every option of a run. `fastavg train` takes each by `--set NAME=VALUE` or in a file
for `--config`, and those with a flag by it; in Python they are fields of {class}`fastavg.Plan` and
its components, and parameters of the estimators.

An option of a component begins with the component's name: `solver.momentum` is the momentum of the
solver, in a file `momentum` in the table `[solver]`, whose `name` chooses the member. The column
*of* says which members have the option; without that column all have it.

Defaults are those of `Plan`. `fastavg train`, the estimators and presets change some of them, see
[below](#defaults-of-the-front-ends); `fastavg train --print-config` prints the values of a run.

This page is generated: `python -m fastavg.plan.reference > docs/reference/options.md`.
"""
FRONT_ENDS = {
    "shell": "`fastavg train`", "scikit-learn": "`MLPClassifier`, `MLPRegressor`",
    "paper": "`preset=\"paper\"`", "deep-big-simple": "`preset=\"deep-big-simple\"`",
}
# More members than these are named once above a table whose options all of them have.
FEW = 4


def reference() -> str:
    """The page."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries().values():
        groups.setdefault(entry.name.rpartition(".")[0], []).append(entry)
    sections = [_section(name, groups[name]) for name in sorted(groups, key=list(TITLES).index)]
    return "\n\n".join((HEAD.rstrip(), *sections, _front_ends())) + "\n"


def _section(name: str, group: list[Entry]) -> str:
    """A heading and a table, without columns that would be empty or the same in each row."""
    owners = {variant.members for entry in group for variant in entry.variants}
    shared = next(iter(owners)) if len(owners) == 1 else ()
    together = len(shared) > FEW
    rows = [_row(entry, variant) for entry in group for variant in entry.variants]
    heads = ("option", "of", "default", "meaning", "flag", "estimators")
    kept = [
        place for place in range(len(heads))
        if any(row[place] for row in rows) and not (heads[place] == "of" and together)
    ]
    text = f"## {TITLES[name]}\n\n"
    if together:
        text += f"These have all of them: {', '.join(shared)}.\n\n"
    return text + _table([heads, *rows], kept)


def _row(entry: Entry, variant: Variant) -> tuple[str, ...]:
    text = re.sub(r":\w+:`~?([^`]*)`", r"`\1`", variant.meaning.replace("``", "`"))
    if entry.about.family is not None:
        text += f" One of {', '.join(entry.choices)}."
    return (
        f"`{entry.name}`", ", ".join(variant.members), _shown(variant.default),
        text.replace("|", "\\|"),
        f"`{entry.about.flag}`" if entry.about.flag else "",
        f"`{entry.about.sklearn}`" if entry.about.sklearn else "",
    )


def _front_ends() -> str:
    """What each profile has in place of the plan's defaults."""
    given = {name: dict(_flat(PROFILES[name])) for name in FRONT_ENDS}
    rows = []
    for name in entries():
        own = _default(name)
        values = [each.get(name, own) for each in given.values()]
        if any(value != own for value in values):
            cells = ["" if value == own else _shown(value) for value in values]
            rows.append((f"`{name}`", _shown(own), *cells))
    heads = ("option", "`Plan`", *FRONT_ENDS.values())
    return (
        "## Defaults of the front ends\n\n"
        "An empty cell stands for the default of `Plan`. What `auto` depends on is listed under\n"
        "[settings that depend on others](../how-to/command-line.md"
        "#settings-that-depend-on-others).\n\n" + _table([heads, *rows], range(len(heads)))
    )


def _default(name: str) -> Any:
    """An option's default in the member that a plan has by default."""
    entry = entries()[name]
    component = entries().get(name.rpartition(".")[0])
    for variant in entry.variants:
        if component is not None and component.default in variant.members:
            return variant.default
    return entry.default


def _flat(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted names and values of a configuration; a component's name is its own value."""
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        elif name == "name":
            yield prefix.rstrip("."), value
        else:
            yield prefix + name, tuple(value) if isinstance(value, list) else value


def _table(rows: Sequence[Sequence[str]], kept: Iterable[int]) -> str:
    """Rows of cells as Markdown, the first one as the heads of the kept columns."""
    places = list(kept)
    lines = [f"| {' | '.join(row[place] for place in places)} |" for row in rows]
    return "\n".join((lines[0], "| " + " | ".join("---" for _ in places) + " |", *lines[1:]))


def _shown(value: Any) -> str:
    if value is None or value == ():
        return ""
    return f"`{','.join(map(str, value)) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    sys.stdout.write(reference())
