"""A run's report as files in its folder."""

from __future__ import annotations

import json
from pathlib import Path

from fastavg.machine.atomic_file import write_atomically
from fastavg.machine.destination import check_file
from fastavg.reports.run_page import run_page
from fastavg.reports.run_report import report_figures
from fastavg.runs.run_folder import RunFolder


def write_report(run: str | Path, output: str | Path | None = None) -> tuple[Path, Path]:
    """Write the page of a run, and its figures as JSON.

    Parameters
    ----------
    run : str or path
        The folder of a finished run.
    output : str or path, optional
        The page; ``report.html`` in the folder if not given.  The figures go beside it, with
        the ending ``.json``.

    Returns
    -------
    tuple of path
        The page and the figures.

    Raises
    ------
    DataError
        If the run is not finished, a file is damaged, or the data have changed.
    ConfigError
        If a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> write_report(Path(tempfile.gettempdir()) / "no-such-run")
    Traceback (most recent call last):
    fastavg.errors.DataError: there is no run folder ...; fastavg train --run makes one
    """
    folder = RunFolder(Path(run))
    # First of all: whether there is a run.
    folder.measured()
    page = folder.report if output is None else Path(output)
    beside = page.with_suffix(".json")
    for file in (page, beside):
        check_file(file, "report", [folder.model, folder.config])
    figures = report_figures(folder)
    write_atomically(page, run_page(figures).encode())
    write_atomically(beside, json.dumps(figures, allow_nan=False, indent=1).encode())
    return page, beside
