"""The folder of a run: its files, its name, and reading it again.

.. code-block:: text

    DIR/  config.toml        every option with nothing left open: runs again to the same bits
          columns.toml       what every column was taken for
          events.jsonl       what happened, one JSON object a line
          history.csv        one line for each round, or for each epoch of each network
          checkpoint         the latest complete round, to resume from (plain networks)
          model.safetensors  the trained model
          metrics.json       the figures of the test rows
          predictions.csv    id, target, prediction, p_<class> of the test rows
          report.html        made by ``fastavg report``; report.json has the same figures
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError, DataError
from fastavg.machine.destination import check_folder

# Raised when a record gets another meaning; new names alone do not raise it.
SCHEMA = 1
FILES = (
    "config.toml", "columns.toml", "events.jsonl", "history.csv", "checkpoint",
    "model.safetensors", "metrics.json", "predictions.csv", "report.html", "report.json",
)


# What every event and the figures have, whatever else they say.
HAPPENED = {"event": str}
MEASURED = {"test": dict, "seconds": (int, float)}


@dataclass(frozen=True)
class RunFolder:
    """A run's folder, there or not.

    Parameters
    ----------
    path : Path
        The folder.

    Examples
    --------
    >>> RunFolder(Path("runs/iris")).model.name
    'model.safetensors'
    """

    path: Path

    @property
    def config(self) -> Path:
        """Every option of the run."""
        return self.path / "config.toml"

    @property
    def columns(self) -> Path:
        """What the columns were taken for."""
        return self.path / "columns.toml"

    @property
    def events(self) -> Path:
        """What happened."""
        return self.path / "events.jsonl"

    @property
    def history(self) -> Path:
        """One line for each round or epoch."""
        return self.path / "history.csv"

    @property
    def checkpoint(self) -> Path:
        """The latest complete round."""
        return self.path / "checkpoint"

    @property
    def model(self) -> Path:
        """The trained model."""
        return self.path / "model.safetensors"

    @property
    def metrics(self) -> Path:
        """Figures of the test rows."""
        return self.path / "metrics.json"

    @property
    def predictions(self) -> Path:
        """The answers for the test rows."""
        return self.path / "predictions.csv"

    @property
    def report(self) -> Path:
        """The page that ``fastavg report`` makes."""
        return self.path / "report.html"

    @property
    def figures(self) -> Path:
        """The figures of that page."""
        return self.path / "report.json"

    def options(self) -> dict[str, Any]:
        """The options of the run, in the form of a configuration file.

        Raises
        ------
        DataError
            If the folder is no run's, or the file is damaged.
        """
        try:
            return tomllib.loads(self._text(self.config))
        except tomllib.TOMLDecodeError as error:
            raise DataError(f"{self.config} is no TOML: {error}") from None

    def measured(self) -> dict[str, Any]:
        """The figures of the test rows.

        Raises
        ------
        DataError
            If the run is not finished, or the file is damaged.
        """
        if not self.metrics.exists():
            self._text(self.config)
            raise DataError(
                f"{self.path} holds a run that is not finished: it has no {self.metrics.name}"
            )
        return self._record(self._text(self.metrics), self.metrics, MEASURED)

    def happened(self) -> list[dict[str, Any]]:
        """All events so far; a last line that is still being written is left out.

        Raises
        ------
        DataError
            If a line is damaged, or was written by a newer fastavg.
        """
        lines = self._text(self.events).split("\n")
        # Only lines that are ended are whole.
        return [
            self._record(line, self.events, HAPPENED, at)
            for at, line in enumerate(lines[:-1], 1)
        ]

    def _record(
        self, text: str, path: Path, needs: dict[str, Any], line: int = 0
    ) -> dict[str, Any]:
        place = f"{path}, line {line}," if line else f"{path}"
        try:
            record = json.loads(text)
        except ValueError:
            raise DataError(f"{place} is damaged: it is no JSON object") from None
        if not isinstance(record, dict):
            raise DataError(f"{place} is damaged: it is no JSON object")
        if record.get("schema", SCHEMA) != SCHEMA:
            raise DataError(
                f"{place} has schema {record['schema']}, of a newer fastavg; this one "
                f"reads schema {SCHEMA}"
            )
        for name, kind in needs.items():
            if not isinstance(record.get(name), kind):
                raise DataError(f"{place} is damaged: it has no {name}")
        return record

    def _text(self, path: Path) -> str:
        if not self.path.is_dir():
            raise DataError(f"there is no run folder {self.path}; fastavg train --run makes one")
        try:
            return path.read_text(encoding="utf-8")
        except FileNotFoundError:
            raise DataError(f"{self.path} is no run folder: it has no {path.name}") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "it is no text"
            raise DataError(f"{path} cannot be read: {reason}") from None


def create_run(path: str | Path, force: bool = False, resume: bool = False) -> RunFolder:
    """Make a folder for a new run; one that is there is never overwritten.

    Parameters
    ----------
    path : str or path
        The folder; if it is there and not empty, the next number is added to its name.
    force : bool, default False
        True empties a run folder that is there instead.
    resume : bool, default False
        True goes on in a folder that has a checkpoint.

    Returns
    -------
    RunFolder
        Of the folder that was made, or that is used again.

    Raises
    ------
    ConfigError
        If the folder cannot be made, or what is to be emptied is no run folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     first = create_run(f"{place}/iris")
    ...     _ = first.config.write_text("seed = 0")
    ...     create_run(f"{place}/iris").path.name
    'iris-2'
    """
    check_folder(path, "run")
    wanted = Path(path)
    found = RunFolder(wanted)
    if resume and found.checkpoint.exists():
        return found
    if force and wanted.is_dir():
        _empty(found)
    number = 1
    while True:
        place = wanted if number == 1 else wanted.with_name(f"{wanted.name}-{number}")
        try:
            place.mkdir(parents=True)
        except FileExistsError:
            if not place.is_dir() or any(place.iterdir()):
                number += 1
                continue
        except OSError as error:
            raise ConfigError(
                f"the folder {place} for the run cannot be made: {error.strerror or error}"
            ) from None
        return RunFolder(place)


def _empty(folder: RunFolder) -> None:
    others = [each.name for each in folder.path.iterdir() if each.name not in FILES]
    if others:
        raise ConfigError(
            f"{folder.path} holds {sorted(others)[0]}, which no run has written; --force "
            "empties run folders only"
        )
    for name in FILES:
        (folder.path / name).unlink(missing_ok=True)
