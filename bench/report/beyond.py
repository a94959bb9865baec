"""The table of what lies beyond one core's float32 products, with the limit of each figure."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median
from typing import Any

from bench.participants import BFLOAT16, OURS, OURS_BFLOAT16
from bench.report.tables import markdown
from bench.report.targets import ratio

Measured = dict[str, Any]
# What a figure could not pass on this processor, whoever wrote the program.
PACKED = "products of packed operands at twice float32's rate; the optimizer's step stays float32"
UPDATE = "the optimizer's pass over all weights and their state at every step"
AROUND = "scikit-learn's own checks, and some 4 ms of Python around a fit"
COMPILER = "numba's own imports and LLVM's passes over the training step"
STATE = "weights in float32 with the solver's state; afterwards coefs_ in the dtype of X"


def beyond(measured: Measured) -> list[str]:
    """Products in bfloat16, whole fits, memory and first use, in Markdown."""
    rows = [*_bfloat16(measured), *_fits(measured), *_memory(measured), *_first_use(measured)]
    return markdown(["figure", "measured", "what limits it"], rows)


def _bfloat16(measured: Measured) -> Iterable[list[str]]:
    for name, record in sorted(measured.items()):
        if not name.startswith("bfloat16 ") or not record["turns"]:
            continue
        for peer in (OURS, "JAX", *BFLOAT16):
            value, why = ratio(record, peer, OURS_BFLOAT16)
            words = f"not measured: {why}" if value is None else f"{value:.2f}"
            yield [f"({record['work']}) {peer} / {OURS_BFLOAT16}", words, PACKED]


def _fits(measured: Measured) -> Iterable[list[str]]:
    for name, record in sorted(measured.items()):
        if record.get("topic") == "fits":
            value, why = ratio(record, "scikit-learn", OURS)
            words = f"not measured: {why}" if value is None else f"{value:.1f}"
            limit = UPDATE if "sparse" in name else AROUND
            yield [f"{name}: scikit-learn / fastavg", words, limit]


def _memory(measured: Measured) -> Iterable[list[str]]:
    for name, record in sorted(measured.items()):
        if name.startswith("memory of a sparse fit"):
            times = record["peak"] / (record["rows"] + record["weights"])
            words = f"{record['peak'] / 1e6:.1f} MB, {times:.2f} times rows and fitted weights"
            yield [name, words, STATE if OURS in name else ""]


def _first_use(measured: Measured) -> Iterable[list[str]]:
    if record := measured.get("first use"):
        for name, seconds in record["turns"].items():
            yield [f"empty cache: {name}", f"{median(seconds):.1f} s", COMPILER]
