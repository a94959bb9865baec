"""``fastavg warmup``: compile all kernels ahead of time."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from .command import made


def warmup(
    dtype: Annotated[str, typer.Option(help="float32, float64, or both.")] = "float32",
    part: Annotated[list[str] | None, typer.Option(
        help="A part of the kernels, such as training; all of them if not given. May be repeated.",
    )] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a part.")] = False,
) -> None:
    """Compile all kernels ahead of time, in a container image or on a node.

    Example: fastavg warmup --part training\f

    Parameters
    ----------
    dtype : str, default "float32"
        ``float32``, ``float64`` or ``both``.
    part : list of str, optional
        Names in ``PARTS`` of :mod:`fastavg.reports.diagnosis`; all of them if None.
    json : bool, default False
        Write one JSON object for each part.
    """  # noqa: D301 - help ends at the form feed
    from fastavg import ConfigError
    from fastavg.kernels.jit.cache_folder import cache_folder, is_compiled
    from fastavg.kernels.warm_up import warm_up
    from fastavg.machine.blas_threads import one_blas_thread
    from fastavg.reports.diagnosis import PARTS

    from ..terminal.output import write_json, write_line

    kinds = {"both": ("float32", "float64")}.get(dtype, (dtype,))
    if not set(kinds) <= {"float32", "float64"}:
        raise ConfigError(f"dtype {dtype!r} is unknown; choose float32, float64, both")
    unknown = sorted(set(part or ()) - set(PARTS))
    if unknown:
        raise ConfigError(f"part {unknown[0]!r} is unknown; choose {', '.join(PARTS)}")
    folder = cache_folder()
    if folder is None:
        raise ConfigError(
            "there is no folder to keep compiled kernels in; set FASTAVG_CACHE_DIR to one that "
            "can be written to"
        )
    for kind in kinds:
        for each in part or PARTS:
            known, began = is_compiled(kind, each), time.perf_counter()
            with one_blas_thread():
                warm_up(kind, each)
            seconds = time.perf_counter() - began
            if json:
                write_json({
                    "event": "compiled", "dtype": kind, "part": each, "new": not known,
                    "seconds": seconds,
                })
            else:
                state = "was there" if known else "compiled"
                write_line(f"{kind}  {each:<17} {state:<10}{seconds:.1f} s")
    if not json:
        write_line(f"kernels  {folder}")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(warmup)
