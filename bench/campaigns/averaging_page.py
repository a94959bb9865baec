"""The page of averaging rules, written from the lines that were measured."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "measured" / "averaging.md"
TARGETS = {"digits": 0.92, "fashion": 0.885}
TITLES = {
    "digits": "digits, 400-64-10, 4,000 rows", "fashion": "Fashion-MNIST, 784-256-128-10",
}
SOLVERS = {
    "sgd": "SGD, momentum 0.9, rate 0.02, cosine", "adam": "Adam, rate 0.001, cosine",
}
INK, MUTED, FIRST = "#1f2933", "#b3bdc7", "#0b7285"
COLORS = {1: "#8793a0", 2: "#0b7285", 4: "#1098ad", 8: "#e8590c", 16: "#c2255c", 32: "#5f3dc4"}
COLUMNS = 4

Lines = list[dict[str, Any]]


class Found(NamedTuple):
    """The runs of one way with one number of workers, with all seeds."""

    accuracy: list[float]
    passes: list[float]
    outside: float
    diverged: int

    @property
    def error(self) -> float:
        return stdev(self.accuracy) / math.sqrt(len(self.accuracy)) if self.n > 1 else math.nan

    @property
    def n(self) -> int:
        return len(self.accuracy)


Group = dict[str, dict[int, Found]]


def found(lines: Lines, target: float) -> Group:
    """The lines of one data set and solver, by way and workers."""
    held: dict[str, dict[int, Lines]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        held[line["way"]][line["workers"]].append(line)
    return {
        way: {
            workers: Found(
                [line["accuracy"][-1] for line in some if not line["diverged"]],
                [passes_to(line["accuracy"], target) for line in some],
                mean(line["outside"] or 0.0 for line in some),
                sum(bool(line["diverged"]) for line in some),
            )
            for workers, some in sorted(by.items())
        }
        for way, by in held.items()
    }


def passes_to(accuracy: list[float], target: float) -> float:
    """The first pass whose end is at the target; infinite for never."""
    return next((at + 1 for at, value in enumerate(accuracy) if value >= target), math.inf)


def shown_accuracy(each: Found) -> str:
    if not each.n:
        return "diverged"
    error = "" if math.isnan(each.error) else f" ± {100 * each.error:.2f}"
    lost = f", {each.diverged} diverged" if each.diverged else ""
    return f"{100 * mean(each.accuracy):.2f}{error}{lost}"


def shown_passes(each: Found) -> str:
    passes = mean(each.passes)
    return "not reached" if math.isinf(passes) else f"{passes:.1f}"


def table(group: Group, show: Any, seeds: int = 0) -> list[str]:
    """Ways by workers; the number of seeds where it is another one than ``seeds``."""
    columns = sorted({workers for by in group.values() for workers in by})
    lines = [
        f"| | {' | '.join(f'{n} worker' + 's' * (n > 1) for n in columns)} |",
        "| --- |" + " --- |" * len(columns),
    ]
    for way, by in group.items():
        cells = []
        for workers in columns:
            each = by.get(workers)
            few = each is not None and seeds and each.n + each.diverged != seeds
            note = f" (seeds: {each.n + each.diverged})" if each is not None and few else ""
            cells.append("" if each is None else show(each) + note)
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return lines


def best_of_rates(lines: Lines) -> list[str]:
    """Each number of workers at its best way and rate, below one worker at its best."""
    runs: dict[tuple[int, str, float], list[float]] = defaultdict(list)
    for line in lines:
        if line["accuracy"]:
            key = line["workers"], line["way"], line["rate"]
            runs[key].append(0.0 if line["diverged"] else line["accuracy"][-1])
    # Only cells with as many seeds as most have: the best of few runs would be luck.
    most = max(map(len, runs.values()))
    best: dict[int, tuple[float, str, float, list[float]]] = {}
    for (workers, way, rate), accuracy in runs.items():
        if len(accuracy) == most:
            best[workers] = max(
                best.get(workers, (0.0, "", 0.0, [])), (mean(accuracy), way, rate, accuracy)
            )
    if 1 not in best or len(best) < 2:
        return []
    text = [
        "", "Each number of workers at the best way and rate of those measured, chosen by the same "
        "test rows:", "",
        "| workers | way | rate | accuracy | below one worker, points |",
        "| --- | --- | --- | --- | --- |",
    ]
    for workers, (accuracy_mean, way, rate, _) in sorted(best.items()):
        below = 100 * (best[1][0] - accuracy_mean)
        text.append(
            f"| {workers} | {way} | × {rate:g} | {100 * accuracy_mean:.2f} | {below:.2f} |"
        )
    return text


def draw_accuracy(group: Group, title: str, path: Path) -> None:
    """A small panel for each way: its accuracy over the workers, that of the mean behind it."""
    from matplotlib.figure import Figure

    n_rows = -(-len(group) // COLUMNS)
    figure = Figure(figsize=(2.5 * COLUMNS, 0.6 + 1.75 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, COLUMNS, sharex=True, sharey=True, squeeze=False).ravel()
    plain = group.get("mean", next(iter(group.values())))
    values = [100 * mean(each.accuracy) for by in group.values() for each in by.values() if each.n]
    top, low = max(values), sorted(values)[len(values) // 10]
    bottom = max(min(values), low - 0.6 * (top - low)) - 0.05 * (top - low + 0.1)
    for panel, (way, by) in zip(panels, group.items(), strict=False):
        alone = plain.get(1)
        if alone is not None and alone.n:
            panel.axhline(100 * mean(alone.accuracy), color=MUTED, linewidth=0.8, linestyle=":")
        _curve(panel, plain, MUTED, errors=False)
        _curve(panel, by, FIRST if way != "mean" else INK, errors=True)
        panel.set_title(way, fontsize=9, loc="left", color=INK)
        panel.set_xscale("log", base=2)
        ticks = sorted({workers for each in group.values() for workers in each})
        panel.set_xticks(ticks, [str(tick) for tick in ticks], fontsize=8)
        panel.tick_params(axis="y", labelsize=8)
        panel.minorticks_off()
        panel.set_ylim(bottom, top + 0.08 * (top - bottom))
        panel.spines[["top", "right"]].set_visible(False)
        if any(each.n and 100 * mean(each.accuracy) < bottom for each in by.values()):
            panel.text(0.04, 0.05, "lower values: see the table", fontsize=7, color=INK,
                       transform=panel.transAxes)
    for panel in panels[len(group):]:
        panel.set_visible(False)
    # The last panel of a column that ends early still says what its axis is.
    for column in range(COLUMNS):
        used = [p for p in panels[column::COLUMNS] if p.get_visible()]
        if used:
            used[-1].tick_params(axis="x", labelbottom=True)
    figure.supxlabel("workers", fontsize=10)
    figure.supylabel("test accuracy, %", fontsize=10)
    figure.suptitle(
        f"{title}\ngrey: the plain mean; dotted: one worker alone", fontsize=10, color=INK
    )
    _save(figure, path)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import rc_context

    # Text stays text, and the same figures make the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def _curve(panel: Any, by: dict[int, Found], color: str, errors: bool) -> None:
    some = {workers: each for workers, each in by.items() if each.n}
    bars = [0.0 if math.isnan(each.error) else 100 * each.error for each in some.values()]
    panel.errorbar(
        list(some), [100 * mean(each.accuracy) for each in some.values()],
        bars if errors else None, color=color, marker="o", markersize=3.5,
        linewidth=1.4, capsize=2,
    )


def draw_costs(group: Group, title: str, target: float, path: Path) -> None:
    """Passes to the target, and time outside kernels: a row for each way, a dot for each number."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, 1.2 + 0.28 * len(group)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    ways = list(group)
    places = range(len(ways))
    columns = sorted({workers for by in group.values() for workers in by})
    for index, workers in enumerate(columns):
        shift = 0.5 * ((index + 0.5) / len(columns) - 0.5)
        some = [(place + shift, group[way][workers]) for place, way in enumerate(ways)
                if workers in group[way]]
        reached = [(at, mean(each.passes)) for at, each in some if math.isfinite(mean(each.passes))]
        color, name = COLORS.get(workers, INK), f"{workers} worker" + "s" * (workers > 1)
        left.scatter([x for _, x in reached], [at for at, _ in reached], 16, color=color)
        right.scatter([100 * each.outside for _, each in some], [at for at, _ in some], 16,
                      color=color, label=name)
    left.set_yticks(list(places), ways, fontsize=8.5)
    left.invert_yaxis()
    left.set_xlim(left=0)
    left.set_xlabel(f"passes to {100 * target:g} % (no dot: not reached)")
    right.set_xlim(0, 100)
    right.set_xlabel("share of time outside the kernels, %")
    for panel in (left, right):
        panel.grid(color=MUTED, alpha=0.4, linewidth=0.6)
        panel.set_axisbelow(True)
        panel.spines[["top", "right"]].set_visible(False)
    figure.suptitle(title, fontsize=10, color=INK)
    figure.legend(*right.get_legend_handles_labels(), loc="outside lower center",
                  ncols=len(columns), fontsize=8.5, frameon=False)
    _save(figure, path)


def seeds_of(seeds: list[int]) -> str:
    """How many seeds there are, and which.

    >>> seeds_of([0]), seeds_of([0, 1])
    ('One seed: 0', '2 seeds: 0, 1')
    """
    count = "One seed" if len(seeds) == 1 else f"{len(seeds)} seeds"
    return f"{count}: {', '.join(map(str, seeds))}"


def write_page(lines: Lines, path: Path) -> None:
    """The page, and its drawings beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    passes = sorted({line["passes"] for line in lines})
    processors = sorted({f"{line['processor']}, {line['processes']} processes" for line in lines})
    seeds = sorted({line["seed"] for line in lines})
    text = [HEAD.format(
        seeds=seeds_of(seeds).lower(), count=len(lines),
        passes=", ".join(f"{each:g}" for each in passes), every=lines[0]["every"] if lines else "",
        processors="; ".join(processors),
    )]
    groups: dict[tuple[str, str], Lines] = defaultdict(list)
    for line in lines:
        groups[line["data"], line["solver"]].append(line)
    for (data, solver), some in sorted(groups.items(), key=lambda item: -len(item[1])):
        target, title = TARGETS[data], f"{TITLES[data]}; {SOLVERS[solver]}"
        group = found([line for line in some if line["rate"] == 1.0], target)
        if not group:
            continue
        stem = f"averaging-{data}-{solver}"
        draw_accuracy(group, title, path.with_name(f"{stem}-accuracy.svg"))
        draw_costs(group, title, target, path.with_name(f"{stem}-costs.svg"))
        own = sorted({line["seed"] for line in some})
        text += [
            f"\n## {title}\n",
            f"{seeds_of(own)}; a cell with fewer seeds states their number.\n",
            f"![Test accuracy over the number of workers, a panel for each way, {title}]"
            f"({stem}-accuracy.svg)\n",
            "Test accuracy in %, mean of the seeds ± standard error:\n",
            *table(group, shown_accuracy, len(own)),
            *best_of_rates(some),
            f"\n![Passes to the target and share of time outside the kernels, {title}]"
            f"({stem}-costs.svg)\n",
            f"Passes to {100 * target:g} %, mean of the seeds:\n",
            *table(group, shown_passes),
            "\nShare of the time outside the training kernels, in %:\n",
            *table(group, lambda each: f"{100 * each.outside:.0f}"),
        ]
    path.write_text("\n".join(text) + "\n")


HEAD = """# Averaging rules compared

This page has the accuracy of every averaging rule with 1 to 32 workers after the same number of
epochs. The workers' batches together are one batch of 64 rows, so that each cell has seen the same
rows in batches of the same size, for {passes} epochs, with an average every {every} unless its name
says otherwise. Rules have their own defaults, and the learning rate is that of the heading for any
number of workers: nothing is tuned for a rule.

{count} runs, {seeds}, on {processors}. Accuracy depends on the seed and not on the machine.
The shares of time depend on the machine, and were not measured on a quiet one. This page is
generated: `python -m bench.campaigns.averaging_rules measure` measures what is missing, in slices
of `--budget 8m`, and `python -m bench.campaigns.averaging_rules write` writes the page from all
results so far.

**What follows for the defaults.** `fastavg train` takes the plain mean of several workers every 4
steps. Seldom averages lose points; the rules that gain some on digits, such as muloco, diverge on
Fashion-MNIST at this rate, or have not been measured there; and gradient averaging, which is as
accurate as one worker, sends messages between ranks at every step. The estimators take the same
mean, at such a part of an epoch that it is made about every 4 steps and each epoch ends with one,
since a `partial_fit` is an epoch.
"""
