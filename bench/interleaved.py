"""Turns: A B C ours, A B C ours, ... so that a change of the machine's pace hits all alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bench.participants import CEILINGS
from bench.peers.processes import Missing, PeerProcesses
from bench.workloads import Workload

PRODUCT = 2048
TINY_PRODUCT = 128

Turns = dict[str, list[float]]


def ceiling_work(quick: bool) -> Workload:
    """The product, as work: its ``rows`` are the size."""
    return Workload("product", (1, 1), 1, TINY_PRODUCT if quick else PRODUCT)


def take_turns(
    peers: PeerProcesses, benchmark: Any, work: Workload, ours: str, others: Sequence[str],
    turns: int, quick: bool,
) -> dict[str, Any]:
    """Let everybody train ``work`` in turns; pytest-benchmark times ``ours``.

    Returns the record that is kept: seconds of an epoch, turn by turn, of everybody who
    took part, the loss of each one's first epoch, and who is missing and why.
    """
    benchmark.extra_info["work"] = work.title
    if quick:
        work = work.tiny()
    product = ceiling_work(quick)
    epochs = 1 if quick else work.epochs_per_turn
    taken: Turns = {}
    losses: dict[str, float | None] = {}
    missing: dict[str, str] = {}

    def prepare(name: str) -> None:
        try:
            loss = peers.prepare(name, product if name in CEILINGS else work)
        except Missing as reason:
            missing[name] = str(reason)
            return
        taken[name] = []
        if name not in CEILINGS:
            losses[name] = loss

    def others_turn() -> None:
        for name in [each for each in others if each in taken]:
            try:
                seconds, _ = peers.turn(name, 1 if name in CEILINGS else epochs)
            except Missing as reason:
                missing[name] = str(reason)
                del taken[name]
            else:
                taken[name].append(seconds)

    def our_turn() -> None:
        seconds, _ = peers.turn(ours, epochs)
        taken[ours].append(seconds)

    for name in (*others, ours):
        prepare(name)
    if ours in missing:
        raise AssertionError(f"{ours} failed: {missing[ours]}")
    benchmark.pedantic(our_turn, setup=others_turn, rounds=turns)
    # The first turn of a library may come a little before ours was ready to count.
    length = min(map(len, taken.values()))
    return {
        "work": work.name, "title": work.title, "flops": work.flops,
        "product_flops": 2 * product.rows**3, "ours": ours,
        "turns": {name: seconds[:length] for name, seconds in taken.items()},
        "loss": losses, "missing": missing,
    }


def alternate(
    benchmark: Any, ours: Callable[[], float], others: dict[str, Callable[[], float]],
    turns: int, name: str,
) -> Turns:
    """The same for functions of this process that return their own seconds."""
    taken: Turns = {each: [] for each in (*others, name)}

    def others_turn() -> None:
        for each, function in others.items():
            taken[each].append(function())

    benchmark.pedantic(lambda: taken[name].append(ours()), setup=others_turn, rounds=turns)
    return taken
