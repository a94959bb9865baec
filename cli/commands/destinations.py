"""Whether what a command will write can be written, asked before the work."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from fastavg import Committee, ConfigError, DataError, Execution, Model
from fastavg.data.readers.by_suffix import Paths, expand
from fastavg.machine.destination import check_file, is_same_file, write_result

from ..process.streams import check_standard_output, output_is_closed
from ..terminal.output import write_note


def check_destinations(
    output: Path | None, inputs: Iterable[Paths | None], execution: Execution | None = None
) -> None:
    """Refuse a model or checkpoint file that could not be written, or that is an input.

    Parameters
    ----------
    output : path, optional
        Where the model will go; nowhere but to standard output without one.
    inputs : iterable of path, sequence of them or None
        What is read: data files, a target, a configuration; a column's name is no file.
    execution : Execution, optional
        Its ``checkpoint`` and ``resume``.

    Raises
    ------
    ConfigError
        If a file cannot be written, is one that is read, or is named for both purposes.
    """
    check_standard_output(needed=output is None)
    files = [file for each in inputs for file in _files(each)]
    checkpoint = None if execution is None else execution.checkpoint
    if checkpoint is not None:
        check_file(checkpoint, "checkpoint", files)
    if output is None:
        return
    if execution is not None and execution.resume not in (None, "auto"):
        files.append(str(execution.resume))
    check_file(output, "model", files)
    if checkpoint is not None and is_same_file(output, checkpoint):
        raise ConfigError(
            f"model and checkpoint are both {output}; give each a file of its own"
        )


def check_room(output: Path | None, model: Model | Committee) -> None:
    """Refuse a model file that its disk has no room for.

    Parameters
    ----------
    output : path or None
        Where the model will go; nothing is checked without one.
    model : Model or Committee
        A model of the size of the one that will be written.

    Raises
    ------
    ConfigError
        If the file cannot be written, or the disk has no room for it.
    """
    if output is not None:
        # The header holds names and classes besides.
        check_file(output, "model", size=model.weights.nbytes + (1 << 14))


def save_model(model: Savable, output: Path | None) -> None:
    """Write a trained model; if that fails after all, to another folder.

    Parameters
    ----------
    model : Savable
        The trained model.
    output : path or None
        Where it goes; nothing is written without one.

    Raises
    ------
    ConfigError
        If it is elsewhere; says where.
    """
    if output is not None:
        write_result(model.save, output, "model")
    if output_is_closed():
        write_note(f"standard output is closed, so nothing is shown; {output} holds the model")


class Savable(Protocol):
    """A model of any kind."""

    def save(self, path: Path) -> object:
        """Write the model to a file.

        Parameters
        ----------
        path : path
            The file, which is replaced if it exists.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        ...


def _files(data: Paths | None) -> list[str | Path]:
    try:
        return [] if data is None else list(expand(data))
    except DataError:
        # Its reader will say so in its own words.
        return []
