"""Several runs side by side: their figures, and the options in which they differ."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fastavg.errors import ConfigError, DataError
from fastavg.runs.run_folder import RunFolder

# Where more is better; of all other figures less is.
HIGHER = ("accuracy", "auc", "r2")
# Options that change no result, and say nothing of a run.
SILENT = ("execution",)


class ListedRun(NamedTuple):
    """A run in a list.

    Attributes
    ----------
    folder : RunFolder
        Where it lies.
    state : str
        ``finished``, ``failed`` or ``unfinished``.
    figures : dict of str to float
        Of the test rows; empty before they were looked at.
    seconds : float
        Of training so far; 0 if nothing is known.
    options : dict of str to object
        Every option by its dotted name.
    """

    folder: RunFolder
    state: str
    figures: dict[str, float]
    seconds: float
    options: dict[str, Any]


def find_runs(paths: Sequence[str | Path]) -> list[RunFolder]:
    """The run folders among, or in, some folders.

    Parameters
    ----------
    paths : sequence of path
        Run folders, or folders with run folders in them.

    Returns
    -------
    list of RunFolder
        In the order of their names.

    Raises
    ------
    DataError
        If there is none.
    """
    found = []
    for path in map(Path, paths):
        if (path / "events.jsonl").exists():
            found.append(RunFolder(path))
        elif path.is_dir():
            found += [
                RunFolder(each) for each in sorted(path.iterdir())
                if (each / "events.jsonl").exists()
            ]
    if not found:
        listed = ", ".join(map(str, paths))
        raise DataError(
            f"there is no run in {listed}; fastavg train --run {paths[0]}/NAME makes one"
        )
    return found


def listed_run(folder: RunFolder) -> ListedRun:
    """A run as it stands.

    Parameters
    ----------
    folder : RunFolder
        Where it lies.

    Returns
    -------
    ListedRun
        With the figures of the test rows, if it is finished.

    Raises
    ------
    DataError
        If a file of the folder is damaged.
    """
    events = folder.happened()
    last = events[-1]["event"] if events else ""
    times = [each["time"] for each in events if isinstance(each.get("time"), (int, float))]
    seconds = times[-1] - times[0] if times else 0.0
    figures: dict[str, float] = {}
    if folder.metrics.exists():
        measured = folder.measured()
        figures, seconds = measured["test"], measured["seconds"]
    state = last if last == "failed" else "finished" if folder.metrics.exists() else "unfinished"
    options = dict(_flat(folder.options(), "")) if folder.config.exists() else {}
    return ListedRun(folder, state, figures, float(seconds), options)


def differing(runs: Sequence[ListedRun]) -> list[str]:
    """The options that are not the same in all runs that have them.

    Parameters
    ----------
    runs : sequence of ListedRun
        The runs.

    Returns
    -------
    list of str
        Dotted names, in alphabetical order.

    Examples
    --------
    >>> first = ListedRun(RunFolder(Path("a")), "finished", {}, 1.0, {"seed": 0, "epochs": 5})
    >>> differing([first, first._replace(options={"seed": 1, "epochs": 5})])
    ['seed']
    """
    names = sorted({name for run in runs for name in run.options})
    return [
        name for name in names
        if name.partition(".")[0] not in SILENT
        and len({str(run.options[name]) for run in runs if name in run.options}) > 1
    ]


def ordered(runs: Sequence[ListedRun], by: str | None = None) -> list[ListedRun]:
    """Runs from the best to the worst.

    Parameters
    ----------
    runs : sequence of ListedRun
        The runs.
    by : str, optional
        ``name``, ``seconds``, or a figure; the first figure that runs have if not given.

    Returns
    -------
    list of ListedRun
        Runs without that figure are at the end.

    Raises
    ------
    ConfigError
        If no run has such a figure.
    """
    known = list(dict.fromkeys(name for run in runs for name in run.figures))
    if by == "name" or (by is None and not known):
        return sorted(runs, key=lambda run: run.folder.path.name)
    if by == "seconds":
        return sorted(runs, key=lambda run: run.seconds)
    by = by or known[0]
    if by not in known:
        raise ConfigError(f"runs have no {by}; sort by {', '.join(['name', 'seconds', *known])}")
    sign = -1 if by.removeprefix("baseline_") in HIGHER else 1

    def place(run: ListedRun) -> tuple[bool, float]:
        return by not in run.figures, sign * run.figures.get(by, 0.0)

    return sorted(runs, key=place)


def _flat(table: dict[str, Any], prefix: str) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for name, value in table.items():
        inner = isinstance(value, dict)
        pairs += _flat(value, f"{prefix}{name}.") if inner else [(prefix + name, value)]
    return pairs
