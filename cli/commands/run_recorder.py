"""Keeps a run of ``fastavg train`` in its folder; without ``--run`` it does nothing."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import time
from types import TracebackType
from typing import Any

from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan
from fastavg.machine.atomic_file import write_atomically
from fastavg.machine.description import description
from fastavg.plan.profiles import Config
from fastavg.runs.event_log import EventLog
from fastavg.runs.event_records import finite
from fastavg.runs.prediction_file import write_predictions
from fastavg.runs.run_data import data_sha256, moved
from fastavg.runs.run_figures import Answers
from fastavg.runs.run_folder import SCHEMA, RunFolder, create_run

from .destinations import Savable
from .results import Results


class RunRecorder:
    """Writes what a run is, what happens in it, and what came of it.

    Parameters
    ----------
    folder : RunFolder or None
        Where everything goes; None writes nothing.
    """

    def __init__(self, folder: RunFolder | None) -> None:
        self.folder = folder
        self._log: EventLog | None = None
        self._phase = time.perf_counter()
        self._phases: dict[str, float] = {}

    @property
    def observers(self) -> list[EventLog]:
        """What has to listen to the training."""
        return [] if self._log is None else [self._log]

    @property
    def path(self) -> str | None:
        """The folder's path; None if there is none."""
        return None if self.folder is None else str(self.folder.path)

    def __enter__(self) -> RunRecorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._log is not None:
            # Whatever ended the run comes first.
            with contextlib.suppress(OSError):
                self._log.__exit__(kind, error, trace)

    def begin(
        self, options: Config, about: dict[str, Any], columns: ColumnPlan | None, began: float
    ) -> None:
        """Write what the run is.

        Parameters
        ----------
        options : dict
            Every option, in the form of a configuration file.
        about : dict
            Task, target and numbers of rows.
        columns : ColumnPlan or None
            What the columns were taken for; None if they have no names.
        began : float
            When reading began, by ``time.perf_counter``.
        """
        if self.folder is None:
            return
        self._phase = began
        import tomli_w

        kept = moved(options)
        write_atomically(self.folder.config, tomli_w.dumps(kept).encode())
        if columns is not None:
            columns.save(self.folder.columns)
        self._log = EventLog(self.folder)
        data = kept.get("data", {}).get("file")
        self._log.write({
            "event": "run", "command": shlex.join(["fastavg", *sys.argv[1:]]), "data": data,
            "data_sha256": data_sha256(data), "environment": description(), **about,
        })
        self.phase("read")

    def phase(self, name: str) -> None:
        """Count the seconds since the last phase under a name.

        Parameters
        ----------
        name : str
            ``read``, ``train`` or ``test``.
        """
        now = time.perf_counter()
        self._phases[name], self._phase = now - self._phase, now

    def end(
        self, model: Savable, answers: Answers | None, ids: NDArray[Any],
        record: dict[str, Any],
    ) -> None:
        """Write the model, the predictions and, at last, the figures.

        Parameters
        ----------
        model : Savable
            The trained model.
        answers : Answers or None
            Of the test rows; None if there are none.
        ids : array (n_test_rows,)
            Who they are.
        record : dict
            Figures of the test rows under ``test``, and whatever else is known.
        """
        if self.folder is None or self._log is None:
            return
        model.save(self.folder.model)
        if answers is not None:
            write_predictions(self.folder.predictions, answers, ids)
        self.phase("test")
        measured = {"schema": SCHEMA, **record, "phases": self._phases}
        measured["test"] = finite(measured["test"])
        write_atomically(self.folder.metrics, json.dumps(finite(measured), indent=1).encode())
        self._log.write({"event": "tested", **record["test"]})


def open_recorder(results: Results, first: bool, resume: bool = False) -> RunRecorder:
    """The recorder of a command; makes the folder that was asked for.

    Parameters
    ----------
    results : Results
        Has the folder that was asked for.
    first : bool
        True on the rank that writes.
    resume : bool, default False
        True goes on in a folder with a checkpoint.

    Returns
    -------
    RunRecorder
        For use in a ``with`` statement.

    Raises
    ------
    ConfigError
        If the folder cannot be made.
    """
    if results.run is None or not first:
        return RunRecorder(None)
    return RunRecorder(create_run(results.run, results.force, resume))
