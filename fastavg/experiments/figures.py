"""Figures 3, 4 and 5 of the paper beside ours, and accuracy after every average."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.errors import ConfigError
from fastavg.experiments import paper
from fastavg.experiments.protocol import Column, Protocol
from fastavg.experiments.results import Results
from fastavg.experiments.statistics import (
    LEVEL,
    accuracy_at,
    curves,
    projected_at,
    seconds_at,
)
from fastavg.experiments.tables import cores, parallel_columns
from fastavg.machine.atomic_file import write_atomically
from fastavg.reports.document import Figure

# One colour a column, told apart also by people who do not see red and green alike
# (Okabe and Ito 2008), and one marker, for print without colours.
COLOURS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#E69F00", "#CC79A7", "#56B4E9")
MARKERS = "os^DvPX"
PAPER = "#8c959f"
SETTINGS: dict[Any, Any] = {
    "font.size": 11, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "grid.color": "#e6e8eb", "axes.axisbelow": True, "legend.frameon": False,
    "figure.constrained_layout.use": True, "svg.hashsalt": "fastavg", "svg.fonttype": "none",
}


def require_matplotlib() -> None:
    """Find out before training whether figures can be drawn.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise ConfigError("matplotlib is not installed; pip install 'fastavg[plot]' brings it")


def draw_figures(protocol: Protocol, results: Results, folder: Path) -> list[Figure]:
    """Draw all figures into a folder, each as SVG and PNG.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    folder : Path
        Where the files are, or will be.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib
    from matplotlib.figure import Figure as Canvas

    drawings: list[tuple[str, Callable[[Any, Protocol, Results], str]]] = [
        ("figure-3", _accuracy), ("figure-4", _seconds), ("figure-5", _workers),
        ("figure-6", _convergence),
    ]
    made = []
    with matplotlib.rc_context(SETTINGS):
        for name, draw in drawings:
            canvas = Canvas(figsize=(9, 4.2))
            caption = draw(canvas, protocol, results)
            drawn, points = BytesIO(), BytesIO()
            canvas.savefig(drawn, format="svg", metadata={"Date": None})
            canvas.savefig(points, format="png", dpi=150)
            write_atomically(folder / f"{name}.svg", drawn.getvalue())
            write_atomically(folder / f"{name}.png", points.getvalue())
            made.append(Figure(f"{name}.svg", caption))
    return made


def _style(protocol: Protocol, column: Column) -> dict[str, Any]:
    place = protocol.columns.index(column) % len(COLOURS)
    return {"color": COLOURS[place], "marker": MARKERS[place], "label": column.title}


def _accuracy(canvas: Any, protocol: Protocol, results: Results) -> str:
    axes = canvas.subplots()
    for workers, dashes, name in ((1, "--", "Paper, sequential"), (2, ":", "Paper, parallel")):
        points = [
            (epochs, paper.accuracy(workers, epochs)) for epochs in protocol.epochs
            if paper.accuracy(workers, epochs) is not None
        ]
        if points:
            axes.plot(
                *zip(*points, strict=True), dashes, color=PAPER, linewidth=2, label=name,
                marker=MARKERS[workers - 1], markersize=5,
            )
    spread = protocol.last / 120
    for number, column in enumerate(protocol.columns):
        found = [accuracy_at(results.of(column, protocol), epochs) for epochs in protocol.epochs]
        # Set apart a little, so that error bars do not cover each other.
        places = np.array(protocol.epochs) + (number - len(protocol.columns) / 2) * spread
        axes.errorbar(
            places, [each.mean for each in found], [each.error for each in found], capsize=3,
            linewidth=1.5, markersize=6, **_style(protocol, column),
        )
    axes.set(xlabel="Epochs", ylabel="Accuracy on test rows, %", xticks=protocol.epochs)
    canvas.legend(loc="outside right upper")
    return (
        "Figure 3. Mean accuracy over the splits; bars show the standard error. "
        "Grey: the paper's figures."
    )


def _seconds(canvas: Any, protocol: Protocol, results: Results) -> str:
    left, right = canvas.subplots(1, 2)
    parallel = parallel_columns(protocol)
    sequential = protocol.columns[0]
    for column in (sequential, *parallel):
        known = [epochs for epochs in protocol.epochs if paper.seconds(column.workers, epochs)]
        if known:
            left.plot(
                known, [paper.seconds(column.workers, epochs) for epochs in known],
                **_style(protocol, column),
            )
        runs = results.of(column, protocol)
        right.plot(
            protocol.epochs, [seconds_at(runs, epochs).mean for epochs in protocol.epochs],
            **_style(protocol, column),
        )
        if column.workers > 1:
            style = {**_style(protocol, column), "label": f"{column.title}, computed"}
            right.plot(
                protocol.epochs, [projected_at(runs, epochs).mean for epochs in protocol.epochs],
                linestyle=":", fillstyle="none", **style,
            )
    left.set_title("Paper: two nodes", loc="left")
    right.set_title(f"Here: {cores(results)}", loc="left")
    for axes in (left, right):
        axes.set(xlabel="Epochs", ylabel="Seconds", xticks=protocol.epochs, ylim=(0, None))
    canvas.legend(*right.get_legend_handles_labels(), loc="outside right upper")
    return (
        "Figure 4. Seconds for one split, sequential and parallel. Solid: measured; dotted: "
        "computed for a machine with a core for each worker."
    )


def _workers(canvas: Any, protocol: Protocol, results: Results) -> str:
    left, right = canvas.subplots(1, 2)
    parallel = parallel_columns(protocol)
    width = 0.8 / len(protocol.epochs)
    shades = ("#cfe3f1", "#8fbfde", "#3f8fc4", "#0b5a8f", "#083d61", "#04263d")
    for number, epochs in enumerate(protocol.epochs):
        places = np.arange(len(parallel)) + (number - (len(protocol.epochs) - 1) / 2) * width
        style = {"color": shades[number % len(shades)], "label": f"{epochs} epochs"}
        theirs = [paper.seconds(column.workers, epochs) or 0 for column in parallel]
        left.bar(places, theirs, width, **style)
        runs = [results.of(column, protocol) for column in parallel]
        right.bar(places, [seconds_at(each, epochs).mean for each in runs], width, **style)
        computed = [projected_at(each, epochs).mean for each in runs]
        right.plot(
            places, computed, "_", color="black", markersize=9, markeredgewidth=2,
            label="computed, a core\nfor each worker" if number == 0 else None,
        )
    left.set_title("Paper: two nodes", loc="left")
    right.set_title(f"Here: {cores(results)}", loc="left")
    for axes in (left, right):
        axes.set(
            xlabel="Workers", ylabel="Seconds", xticks=range(len(parallel)),
            xticklabels=[str(column.workers) for column in parallel],
        )
        axes.grid(False, axis="x")
    handles, labels = right.get_legend_handles_labels()
    canvas.legend(
        [*handles[1:], handles[0]], [*labels[1:], labels[0]], loc="outside right upper"
    )
    return (
        "Figure 5. Seconds for one split by the number of workers. Bars: measured; marks: "
        "computed for a machine with a core for each worker."
    )


def _convergence(canvas: Any, protocol: Protocol, results: Results) -> str:
    whole, near = canvas.subplots(1, 2)
    for column in protocol.columns:
        runs = results.of(column, protocol)
        epochs, accuracy = curves(runs)
        mean = accuracy.mean(axis=0)
        error = accuracy.std(axis=0, ddof=1 if len(runs) > 1 else 0) / np.sqrt(len(runs))
        style = _style(protocol, column)
        del style["marker"]
        for axes in (whole, near):
            axes.plot(epochs, mean, linewidth=1.6, **style)
            axes.fill_between(
                epochs, mean - error, mean + error, color=style["color"], alpha=0.15, linewidth=0
            )
    for axes in (whole, near):
        axes.axhline(LEVEL, color=PAPER, linewidth=1, linestyle="--")
        axes.set(xlabel="Epochs", ylabel="Accuracy on test rows, %", xlim=(0, protocol.last))
    whole.set(ylim=(0, 100))
    near.set(ylim=(LEVEL - 8, min(100, LEVEL + 7)))
    whole.set_title("All", loc="left")
    near.set_title(f"Near {LEVEL:.0f} %", loc="left")
    canvas.legend(*whole.get_legend_handles_labels(), loc="outside right upper")
    return (
        "Figure 6. Mean accuracy after every average; bands show the standard error, the dashed "
        f"line {LEVEL:.0f} %."
    )
