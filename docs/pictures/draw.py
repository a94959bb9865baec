"""The two panels of the landing page, light and dark, from recorded figures.

    python docs/pictures/draw.py      # writes accuracy-*.svg and speed-*.svg beside this file
    python docs/pictures/draw.py DIR  # writes them there

``accuracy.json`` is written by ``accuracy.py``; rows a second are those of the newest file of
``bench/results``, whose machine the panel names.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.report.records import newest  # noqa: E402
from bench.workloads import WORKLOADS  # noqa: E402

# Text and lines, and colours that keep apart for the colour-blind, on either ground.
INKS = {
    "light": ("#1f2933", "#8793a0", ["#0b7285", "#5c4bd6", "#e8590c", "#c2255c"], "#0b7285"),
    "dark": ("#dfe6ee", "#7d8b99", ["#3bc9db", "#a99bff", "#ff922b", "#f783ac"], "#3bc9db"),
}
PEERS = ("fastavg", "JAX", "PyTorch eager", "scikit-learn")
WORKS = {"i": "13-50-50-3\nbatch 16", "c": "784-256-128-10\nbatch 128"}
SIZE = (5.2, 3.4)


def accuracy(ink):
    """Test accuracy against passes over the rows."""
    text, muted, colors, _ = ink
    record = json.loads((HERE / "accuracy.json").read_text())
    figure, axes = plt.subplots(figsize=SIZE, layout="constrained")
    marks = zip(record["accuracy"].items(), colors, ("o", "s", "^", "D"), strict=True)
    for (workers, values), color, mark in marks:
        passes = range(1, len(values) + 1)
        name = f"{workers} worker{'s' * (workers != '1')}"
        percent = [100 * value for value in values]
        axes.plot(passes, percent, marker=mark, markersize=4, color=color, label=name)
    shared = record["shared"]
    percent = [100 * value for value in shared["accuracy"]]
    axes.plot(
        passes, percent, "--", marker="D", markersize=3, markerfacecolor="none", color=colors[-1],
        linewidth=1.2, label=f"{shared['workers']} workers, one batch shared",
    )
    axes.set_xlabel("passes over the rows")
    axes.set_ylabel("test accuracy, %")
    axes.set_title(f"{record['data']}: more workers, the same passes", loc="left")
    axes.legend(frameon=False, labelcolor=text)
    axes.grid(axis="y", color=muted, alpha=0.3, linewidth=0.6)
    return figure


def speed(ink):
    """Rows a second of one core for two networks, each library at its best."""
    text, muted, _, own = ink
    results = json.loads(newest().read_text())
    figure, panels = plt.subplots(1, len(WORKS), figsize=SIZE, layout="constrained")
    for axes, (work, title) in zip(panels, WORKS.items(), strict=True):
        turns = results["measured"][f"one core {work}"]["turns"]
        rows = WORKLOADS[work].rows
        rates = [rows / statistics.median(turns[peer]) for peer in PEERS]
        places = range(len(PEERS))
        colors = [own if peer == "fastavg" else muted for peer in PEERS]
        axes.barh(places, rates, color=colors)
        for place, rate in enumerate(rates):
            axes.annotate(
                f"{rate:,.0f}", (rate, place), xytext=(4, 0), textcoords="offset points",
                va="center", color=text, fontsize=8,
            )
        axes.set_title(title, fontsize=8.5)
        names = [peer.removesuffix(" eager") for peer in PEERS]
        axes.set_yticks(places, names if axes is panels[0] else [])
        axes.invert_yaxis()
        axes.set_xlim(0, max(rates) * 1.45)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    machine = results["machine"]
    figure.suptitle("Rows a second on one core", x=0.01, ha="left", fontsize=10, color=text)
    figure.supxlabel(f"{machine['processor']}, {newest().name[:10]}", fontsize=8, color=text)
    return figure


def main(folder=HERE):
    """Draw both panels on both grounds."""
    for ground, ink in INKS.items():
        text, muted, *_ = ink
        mpl.rcParams.update({
            "svg.hashsalt": "fastavg", "svg.fonttype": "path", "font.size": 9,
            "axes.titlesize": 10, "text.color": text, "axes.labelcolor": text,
            "axes.edgecolor": muted, "xtick.color": text, "ytick.color": text,
            "axes.spines.top": False, "axes.spines.right": False,
        })
        for name, panel in (("accuracy", accuracy), ("speed", speed)):
            figure = panel(ink)
            figure.savefig(
                Path(folder) / f"{name}-{ground}.svg", transparent=True, metadata={"Date": None}
            )
            plt.close(figure)


if __name__ == "__main__":
    main(*sys.argv[1:])
