"""The tables of docs/measured/performance, in Markdown, from the records of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from bench.participants import ALL_CORES, CEILINGS, ONE_CORE, OURS, TWO
from bench.report.ratios import rate
from bench.report.targets import Target, ceiling_share, must_reach, ratio

Measured = dict[str, Any]
WORDS = {None: "not measured", True: "reached", False: "not reached"}


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table; empty if it has no rows.

    >>> markdown(["a", "b"], [["1", "2"]])
    ['| a | b |', '| --- | --- |', '| 1 | 2 |', '']
    """
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return []
    return [f"| {' | '.join(head)} |", "|" + " --- |" * len(head), *lines, ""]


def goals(measured: Measured) -> list[str]:
    def row(bar: Target) -> list[str]:
        unit = f" {bar.unit}" if bar.unit else ""
        value = f"not measured: {bar.why}" if bar.value is None else f"{bar.value:.3g}{unit}"
        if bar.value is not None and bar.value >= 1000:
            value = f"{bar.value:,.0f}{unit}"
        goal = f"{bar.bar:,.0f}" if bar.bar >= 1000 else f"{bar.bar:.3g}"
        return [bar.figure, value, f"{'≥' if bar.at_least else '≤'} {goal}{unit}",
                WORDS[bar.reached]]

    return markdown(["figure", "measured", "goal", ""], map(row, must_reach(measured)))


def one_core(measured: Measured) -> list[str]:
    rows = []
    for record in _topic(measured, "one core "):
        value = ceiling_share(record)
        seconds = record["turns"][OURS]
        rows.append([
            f"({record['work']}) {record['title']}", _seconds(median(seconds)),
            f"{rate(record['flops'], seconds) / 1e9:.0f}",
            "-" if value is None else f"{value:.2f}",
            *(_times(record, peer, OURS) for peer in ONE_CORE),
        ])
    head = ["work", "fastavg, an epoch", "GFLOP/s", "share of sgemm",
            *(f"{peer} / fastavg" for peer in ONE_CORE)]
    return markdown(head, rows)


def ceilings(measured: Measured) -> list[str]:
    rows = []
    for name in CEILINGS:
        rates = [
            rate(record["product_flops"], record["turns"][name]) / 1e9
            for record in _topic(measured, "one core ") if name in record["turns"]
        ]
        if rates:
            rows.append([name, f"{median(rates):.0f}", f"{min(rates):.0f} to {max(rates):.0f}"])
    return markdown(["product of 2048³, one core", "GFLOP/s", "from work to work"], rows)


def all_cores(measured: Measured) -> list[str]:
    rows = [
        [f"({record['work']})", _seconds(median(record["turns"][TWO])),
         *(_times(record, peer, TWO) for peer in ALL_CORES)]
        for record in _topic(measured, "all cores ")
    ]
    return markdown(["work", TWO, *(f"{peer} / fastavg" for peer in ALL_CORES)], rows)


def system(measured: Measured) -> list[str]:
    rows = []
    if record := measured.get("averaging"):
        rows += [
            [f"average of 8 slots of 10 million float32: {name}",
             f"{rate(record['bytes'][name], seconds) / 1e9:.1f} GB/s"]
            for name, seconds in record["turns"].items()
        ]
    if record := measured.get("round trip"):
        rows += [
            [f"8 empty tasks on 2 processes: {name}", _seconds(median(seconds))]
            for name, seconds in record["turns"].items()
        ]
    if record := measured.get("team"):
        rows += [
            [f"team of 8 in a fresh process: {name}", _seconds(median(seconds))]
            for name, seconds in record["turns"].items()
        ]
    if record := measured.get("command"):
        rows += [[name, _seconds(median(seconds))] for name, seconds in record["turns"].items()]
    if record := measured.get("memory"):
        rows += [
            [f"proportional set size, {number} processes, {record['data_bytes'] / 1e6:.0f} MB of "
             f"rows: while training (largest)",
             f"{size / 1e6:,.0f} MB ({record['peak_bytes'][number] / 1e6:,.0f} MB)"]
            for number, size in record["pss_bytes"].items()
        ]
    for name, record in sorted(measured.items()):
        if name.startswith("product "):
            cut, whole = (rate(record["flops"], record["turns"][way]) / 1e9
                          for way in ("pieces", "one call"))
            rows.append([f"{name} {record['title']}: in pieces; in one call",
                         f"{cut:.0f}; {whole:.0f} GFLOP/s"])
    if record := measured.get("prediction c"):
        value, _ = ratio(record, "scikit-learn", "fastavg")
        rows.append(["(c) prediction, one core: scikit-learn / fastavg", f"{value:.2f}"])
    return markdown(["figure", "measured"], rows)


def missing(measured: Measured) -> list[str]:
    """One line for every library that did not take part, with its reason."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for name, record in sorted(measured.items()):
        for library, reason in record.get("missing", {}).items():
            reasons.setdefault((library, reason), []).append(name)
    lines = [
        f"- {'Fashion-MNIST' if library == 'data' else library}: {reason} ({', '.join(names)})"
        for (library, reason), names in reasons.items()
    ]
    return [*lines, ""] if lines else []


def _topic(measured: Measured, prefix: str) -> list[Measured]:
    return [record for name, record in sorted(measured.items()) if name.startswith(prefix)]


def _times(record: Measured, theirs: str, ours: str) -> str:
    value, _ = ratio(record, theirs, ours)
    return "not measured" if value is None else f"{value:.2f}"


def _seconds(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.1f} ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f} µs"
