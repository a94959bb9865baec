"""The figures that must be reached, from the records of a run."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import mean, median
from typing import Any, NamedTuple

from bench.participants import EIGHT, GEMM, OURS, OURS_BFLOAT16, TWO
from bench.report.ratios import geometric_mean, share, times_faster

Measured = dict[str, Any]
SHARES = {"a": 0.84, "b": 0.70, "c": 0.82, "d": 0.90, "e": 0.90, "i": 0.52, "j": 0.80}
# name, least for every shape, least for the geometric mean
ONE_CORE = (("JAX", 1.05, 1.4), ("PyTorch eager", 1.2, 4.0), ("scikit-learn", 1.25, 3.5))
# Those that are compared; beyond them only the share is a goal.
SHAPES = "abcdefghi"
SEVERAL = ("a", "c", "d")
PROCESS_BYTES = 120e6
# Seconds of a whole process with an empty cache of kernels.
FIRST_USE = {"MLPClassifier on iris": 6.5, "fastavg train --workers 8": 8.0}
# A fit of a million rows, two workers on two processes: in a fresh process, and again.
MANY_ROWS = {"first": 1.0, "again": 0.65}
# Their whole fits over ours.
FITS = {
    "fit iris": 4.0, "fit wine": 4.0, "fit breast cancer": 4.0, "fit sparse 0.002, 50 units": 3.0,
    "fit sparse 0.01, 100 units": 3.0, "grid search": 6.0,
}
# bfloat16: the other library, and the least for each shape.
BEYOND = {
    "PyTorch eager, bfloat16": {"c": 2.0, "d": 1.2, "e": 1.12},
    "JAX": dict.fromkeys("cdegh", 1.3), "JAX, bfloat16": dict.fromkeys("cdegh", 1.3),
    OURS: dict.fromkeys("cdeg", 1.75),
}


class Target(NamedTuple):
    """A figure against its bar; ``value`` is None if it was not measured, ``why`` says why."""

    figure: str
    value: float | None
    bar: float
    at_least: bool = True
    why: str = ""
    unit: str = ""

    @property
    def reached(self) -> bool | None:
        if self.value is None:
            return None
        return self.value >= self.bar if self.at_least else self.value <= self.bar


def must_reach(measured: Measured) -> list[Target]:
    """Every bar, measured or not."""
    return [
        *_shares(measured), *_peers(measured), *_several(measured), *_rounds(measured),
        *_fashion(measured), *_system(measured), *_bfloat16(measured), *_fits(measured),
    ]


def ratio(record: Measured | None, theirs: str, ours: str) -> tuple[float | None, str]:
    """Their time over ours, or why there is none."""
    if record is None:
        return None, "not run"
    turns = record["turns"]
    for name in (ours, theirs):
        if name not in turns:
            return None, record.get("missing", {}).get(name, f"{name} did not take part")
    return times_faster(turns[theirs], turns[ours]), ""


def ceiling_share(record: Measured, ceiling: str = GEMM, ours: str = OURS) -> float | None:
    """Our rate over that of the product, both by the textbook count."""
    turns = record["turns"]
    if ceiling not in turns:
        return None
    return share(record["flops"], turns[ours], record["product_flops"], turns[ceiling])


def _shares(measured: Measured) -> Iterable[Target]:
    for name, bar in SHARES.items():
        record = measured.get(f"one core {name}")
        value = ceiling_share(record) if record else None
        yield Target(f"({name}) one core, share of the sgemm ceiling", value, bar, why="not run")


def _every(
    label: str, found: dict[str, tuple[float | None, str]], least: float, mean: float
) -> Iterable[Target]:
    for name, (value, why) in found.items():
        yield Target(f"({name}) {label}", value, least, why=why)
    values = [value for value, _ in found.values() if value is not None]
    # The mean of some shapes is another figure than the mean of all.
    whole = geometric_mean(values) if len(values) == len(found) else None
    why = f"measured on {len(values)} of {len(found)} shapes"
    yield Target(f"{label}, geometric mean", whole, mean, why=why)


def _peers(measured: Measured) -> Iterable[Target]:
    for peer, least, whole in ONE_CORE:
        found = {name: ratio(measured.get(f"one core {name}"), peer, OURS) for name in SHAPES}
        yield from _every(f"one core, {peer} / fastavg", found, least, whole)


def _several(measured: Measured) -> Iterable[Target]:
    for name in SEVERAL:
        value, why = ratio(measured.get(f"scaling {name}"), OURS, TWO)
        yield Target(f"({name}) rows/s of 2 workers on 2 processes / 1 worker", value, 1.9, why=why)
    found = {name: ratio(measured.get(f"ddp {name}"), "PyTorch DDP", TWO) for name in SEVERAL}
    yield from _every("PyTorch DDP (gloo, 2 processes) / 2 workers", found, 1.5, 8.0)
    value, why = ratio(measured.get("scaling c"), TWO, EIGHT)
    yield Target("(c) rows/s of 8 workers on 2 processes / 2 workers", value, 0.97, why=why)


def _rounds(measured: Measured) -> Iterable[Target]:
    record = measured.get("averaging")
    value = None
    if record:
        turns, amount = record["turns"], record["bytes"]
        value = share(amount["fastavg"], turns["fastavg"], amount["copy"], turns["copy"])
    yield Target("average of 8 slots, share of the copy bandwidth", value, 0.7, why="not run")
    record = measured.get("outside kernels c")
    yield Target("(c) share of a round outside kernels", record and record["share"], 0.01,
              at_least=False, why="not run")


def _bfloat16(measured: Measured) -> Iterable[Target]:
    for peer, bars in BEYOND.items():
        for name, bar in bars.items():
            value, why = ratio(measured.get(f"bfloat16 {name}"), peer, OURS_BFLOAT16)
            yield Target(f"({name}) one core, {peer} / {OURS_BFLOAT16}", value, bar, why=why)


def _fits(measured: Measured) -> Iterable[Target]:
    for name, bar in FITS.items():
        value, why = ratio(measured.get(name), "scikit-learn", OURS)
        yield Target(f"{name}, scikit-learn / fastavg", value, bar, why=why)


def _fashion(measured: Measured) -> Iterable[Target]:
    record = measured.get("fashion")
    skipped = record["missing"].get("data") if record else None
    for theirs, ours, figure, bar, at_least in (
        (TWO, OURS, "2 workers / 1 worker", 0.6, False),
        ("scikit-learn", TWO, "scikit-learn / 2 workers", 2.5, True),
    ):
        value, why = ratio(record, theirs, ours)
        if record and value is not None:
            # Starts of two libraries are no pairs: each crosses the goal by its own luck.
            value = mean(record["turns"][theirs]) / mean(record["turns"][ours])
        yield Target(f"Fashion-MNIST to 88.5 %, {figure}", value, bar, at_least=at_least,
                  why=skipped or why)


def _system(measured: Measured) -> Iterable[Target]:
    record = measured.get("memory")
    allowed = 1.05 * (record["data_bytes"] if record else 500e6) + 8 * PROCESS_BYTES
    value = record["extra_bytes"] / 1e6 if record else None
    yield Target("proportional set size that 8 processes add to 1", value, 8 * PROCESS_BYTES / 1e6,
              at_least=False, why="not run", unit="MB")
    value = record["pss_bytes"]["8"] / 1e6 if record else None
    yield Target("proportional set size of 8 processes while training", value, allowed / 1e6,
              at_least=False, why="not run", unit="MB")
    record = measured.get("first use")
    for name, bar in FIRST_USE.items():
        value = median(record["turns"][name]) if record else None
        yield Target(f"empty cache: {name}", value, bar, at_least=False, why="not run", unit="s")
    record = measured.get("many rows")
    for name, bar in MANY_ROWS.items():
        value = median(record["turns"][name]) if record else None
        yield Target(f"fit of 1 million rows by 2 workers, {name} in a process", value, bar,
                     at_least=False, why="not run", unit="s")
    for solver in ("adam", "sgd"):
        record = measured.get(f"memory of a sparse fit, {OURS}, {solver}")
        value = record and record["peak"] / (record["rows"] + record["weights"])
        yield Target(f"memory of a sparse fit, {solver}, times rows and fitted weights", value, 1.3,
                     at_least=False, why="not run")
    record = measured.get("command")
    value = record and sorted(record["turns"]["fastavg train"])[
        len(record["turns"]["fastavg train"]) // 2]
    yield Target("warm fastavg train --workers 8 --epochs 1", value, 2.5, at_least=False,
              why="not run", unit="s")


def table(bars: Iterable[Target]) -> list[str]:
    """For a terminal."""
    lines = [f"{'figure':64} {'measured':>10}   {'bar':>9}"]
    for bar in bars:
        value = "-" if bar.value is None else f"{bar.value:.4g}"
        sign = ">=" if bar.at_least else "<="
        word = {None: f"not measured: {bar.why}", True: "ok", False: "MISSED"}[bar.reached]
        unit = f" {bar.unit}" if bar.unit else ""
        lines.append(f"{bar.figure:64} {value:>10}   {sign} {bar.bar:.4g}{unit}  {word}")
    return lines
