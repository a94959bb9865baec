"""A forecast for a person, and as a JSON object."""

from __future__ import annotations

from typing import Any

from fastavg.planner.advice import Row
from fastavg.planner.forecast import Forecast

LEFT = 20


def plan_lines(made: Forecast) -> list[str]:
    """The table of seconds and memory, and the advice.

    Parameters
    ----------
    made : Forecast
        The forecast.
    """
    advice, work = made.advice, made.work
    every = work.plan.average_every
    periods = list(dict.fromkeys(row.layout.average_every for row in advice.rows))
    names = [each if isinstance(each, str) else f"{each:g} epochs" for each in periods]
    rates = made.costs.rates_of(made.cpus)
    lines = [
        f"{'rows':<{LEFT}}{work.n_rows:,}",
        f"{'network':<{LEFT}}{'-'.join(map(str, work.network.layer_sizes))}  "
        f"({work.network.n_weights:,} weights)",
        f"{'measured':<{LEFT}}{1e6 * rates.row:.3g} µs a row, {1e6 * rates.round:.3g} µs a round, "
        f"{1e6 * rates.worker:.3g} µs a worker of a round, {made.cpus} processes",
        "",
        "seconds for a pass over the rows, averaged every",
        f"{'workers':>7}  {'processes':>9}  " + "  ".join(f"{name:>11}" for name in names)
        + f"  {'memory':>8}",
    ]
    groups: dict[tuple[int, int], list[Row]] = {}
    for row in advice.rows:
        groups.setdefault(row.layout[:2], []).append(row)
    for (workers, processes), found in groups.items():
        cells = "  ".join(f"{row.seconds:>11.4g}" for row in found)
        lines.append(f"{workers:>7}  {processes:>9}  {cells}  {_megabytes(found[0].bytes):>8}")
    best, epochs = advice.best, work.plan.epochs
    period = every if isinstance(every, str) else f"{every:g} epochs"
    return [
        *lines, "",
        f"{'best':<{LEFT}}--workers {best.layout.workers} --processes {best.layout.processes}  "
        f"({epochs:g} passes: {made.costs.run_seconds(work, best.layout, epochs):.3g} s)",
        f"{'fastest':<{LEFT}}--workers {advice.fastest.layout.workers} --processes "
        f"{advice.fastest.layout.processes}  ({_reason(made)})",
        f"{'more workers':<{LEFT}}bring less than a tenth beyond {advice.pays_up_to}, averaged "
        f"every {period}",
        f"{'one machine':<{LEFT}}carries {advice.carries} processors like these with half of the "
        f"speed of each{' (extrapolated)' if advice.carries > made.cpus else ''}",
    ]


def _reason(made: Forecast) -> str:
    if made.advice.fastest == made.advice.best:
        return "the same"
    return "gains little, or leaves each worker fewer than 4,000 steps, which costs quality"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def plan_record(made: Forecast) -> dict[str, Any]:
    """The forecast as one JSON object.

    Parameters
    ----------
    made : Forecast
        The forecast.
    """
    advice = made.advice
    return {
        "event": "planned", "rows": made.work.n_rows, "cpus": made.cpus,
        "layer_sizes": list(made.work.network.layer_sizes), "epochs": made.work.plan.epochs,
        "start_seconds": {str(each): seconds for each, seconds in made.costs.starts.items()},
        "rates": {str(each): rates._asdict() for each, rates in made.costs.rates.items()},
        "best": _row(advice.best), "fastest": _row(advice.fastest),
        "pays_up_to": advice.pays_up_to, "carries": advice.carries,
        "predicted": [_row(row) for row in advice.rows],
    }


def _row(row: Row) -> dict[str, Any]:
    return {**row.layout._asdict(), "seconds": row.seconds, "bytes": row.bytes}
