"""``fastavg doctor``: what this machine and this installation are good for."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .command import made

BROKEN = 1


def doctor(
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check versions, processors, BLAS, memory, MPI, kernels, and train a small network.

    The exit code is 1 if something will not work.

    Example: fastavg doctor\f

    Parameters
    ----------
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.reports.diagnosis import BAD, GOOD, diagnose

    from ..terminal.output import write_json, write_line

    found = diagnose()
    if json:
        write_json({"event": "diagnosed", "findings": [each._asdict() for each in found]})
    else:
        widest = max(len(each.name) for each in found)
        for each in found:
            mark = " " if each.state == GOOD else "!" if each.state == BAD else "-"
            write_line(f"{mark} {each.name:<{widest}}  {each.value}")
            if each.advice:
                write_line(f"  {'':<{widest}}  -> {each.advice}")
    if any(each.state == BAD for each in found):
        raise typer.Exit(BROKEN)


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(doctor)
