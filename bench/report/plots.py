"""The plots of docs/measured/performance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

from bench.participants import ONE_CORE, OURS
from bench.report.targets import SHARES, ceiling_share, ratio

COLORS = {
    "scikit-learn": "#e69f00", "PyTorch eager": "#d55e00", "PyTorch compile": "#cc79a7",
    "JAX": "#0072b2",
}
SAVING: dict[str, Any] = {"format": "svg", "metadata": {"Date": None}, "bbox_inches": "tight"}


def draw(measured: dict[str, Any], folder: Path) -> list[str]:
    """Write the plots; their file names."""
    matplotlib.rcParams.update({"svg.hashsalt": "fastavg", "font.size": 9})
    records = {
        record["work"]: record for name, record in sorted(measured.items())
        if name.startswith("one core ")
    }
    if not records:
        return []
    return [_times(records, folder), _shares(records, folder)]


def _times(records: dict[str, Any], folder: Path) -> str:
    figure, axes = plt.subplots(figsize=(7, 3.2))
    height, labelled = 0.8 / len(ONE_CORE), set()
    for row, peer in enumerate(ONE_CORE):
        for place, record in enumerate(records.values()):
            value, _ = ratio(record, peer, OURS)
            if value is None:
                continue
            at = place - 0.4 + (row + 0.5) * height
            label = None if peer in labelled else peer
            labelled.add(peer)
            axes.bar(at, value - 1, height, bottom=1, color=COLORS[peer], label=label)
            axes.annotate(f"{value:.1f}", (at, value), ha="center", va="bottom", fontsize=6)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_yticks([1, 2, 5, 10, 20], ["1", "2", "5", "10", "20"])
    axes.minorticks_off()
    axes.set_xticks(range(len(records)), [f"({name})" for name in records])
    axes.set_ylabel("time / fastavg's time")
    axes.set_title("One epoch on one core (fastavg is the line at 1)", fontsize=9)
    axes.legend(frameon=False, ncols=4, loc="upper center", bbox_to_anchor=(0.5, -0.1))
    axes.spines[["top", "right"]].set_visible(False)
    return _save(figure, folder, "performance-one-core.svg")


def _shares(records: dict[str, Any], folder: Path) -> str:
    figure, axes = plt.subplots(figsize=(7, 2.6))
    for place, (name, record) in enumerate(records.items()):
        value = ceiling_share(record)
        if value is None:
            continue
        axes.bar(place, value, 0.6, color="#009e73")
        axes.annotate(f"{value:.2f}", (place, value), ha="center", va="bottom", fontsize=8)
        if name in SHARES:
            axes.plot([place - 0.4, place + 0.4], [SHARES[name]] * 2, color="black", linewidth=1.5)
    axes.set_xticks(range(len(records)), [f"({name})" for name in records])
    axes.set_ylabel("share of sgemm")
    axes.set_title("fastavg on one core beside a 2048³ product (black: the goal)", fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return _save(figure, folder, "performance-ceiling.svg")


def _save(figure: Any, folder: Path, name: str) -> str:
    figure.savefig(folder / name, **SAVING)
    plt.close(figure)
    return name
