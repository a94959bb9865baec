"""``fastavg export``: a model for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made

# What exports begin with, somewhere in so many bytes.
MARK, BEGINNING = b"fastavg", 200
FORMS = {"onnx": ".onnx", "c": ".c", "numpy": ".py", "torch": ".py", "sklearn": ".py"}


def export(
    model: Annotated[Path, typer.Argument(help="A model file that fastavg wrote.")],
    to: Annotated[str, typer.Option(
        help="onnx; c: one file without dependencies; numpy, torch or sklearn: a Python file and "
        "an archive of arrays.",
    )],
    output: Annotated[Path | None, typer.Option(
        help="The file; the model's name with another ending if not given.",
    )] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object: the files.")] = False,
) -> None:
    """Write a model for other programs.

    Example: fastavg export results/flowers/model.safetensors --to c --output flowers.c\f

    Parameters
    ----------
    model : path
        The model file.
    to : str
        One of ``FORMS``.
    output : path, optional
        The file; the model's name with another ending if None.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    import fastavg
    from fastavg import ConfigError
    from fastavg.machine.atomic_file import write_atomically
    from fastavg.machine.destination import check_file
    from fastavg.models.c_source import c_source
    from fastavg.models.script_export import export_script
    from fastavg.models.to_onnx import to_onnx

    from ..terminal.output import write_json, write_line

    if to not in FORMS:
        raise ConfigError(f"export to {to!r} is unknown; choose {', '.join(FORMS)}")
    path = model.with_suffix(FORMS[to]) if output is None else output
    files = [path, path.with_suffix(".npz")] if FORMS[to] == ".py" else [path]
    for file in files:
        check_file(file, "export", [model])
        if file != output and file.is_file() and not _exported(path):
            raise ConfigError(
                f"{file} exists, and no export wrote it; --output names another file"
            )
    trained = fastavg.load(model)
    if to == "onnx":
        to_onnx(trained, path)
    elif to == "c":
        write_atomically(path, c_source(trained).encode())
    else:
        export_script(trained, to, path)
    if json:
        write_json({"event": "exported", "to": to, "files": [str(file) for file in files]})
        return
    for file in files:
        write_line(str(file))


def _exported(path: Path) -> bool:
    # Whether the file is an export; arrays lie beside one.
    try:
        with path.open("rb") as file:
            return MARK in file.read(BEGINNING)
    except OSError:
        return False


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(export)
