"""What ``fastavg train`` says about a table: the target, the columns, the result."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fastavg.data.column_plan import ColumnPlan
from fastavg.data.frame import BadRow, Frame
from fastavg.data.table_rows import TableRows
from fastavg.models.tabular_model import TabularModel

from ..process.exits import OutputClosed, silence_output
from .output import write_json, write_line

LISTED, WIDE = 20, 40
NAMES = {
    "accuracy": "test accuracy", "baseline_accuracy": "  most frequent",
    "log_loss": "test log loss", "auc": "test AUC", "r2": "test R²", "rmse": "test RMSE",
    "mae": "test MAE", "baseline_rmse": "RMSE of the mean",
}


class TableFacts(NamedTuple):
    """What a run is about.

    Parameters
    ----------
    target : str
        Name of the column to predict.
    classes : sequence of str or None
        The labels; None for numbers.
    rows, train, test : int
        Rows of the table, those to train on, and those to test on.
    notes : tuple of str
        What was found out about the file.
    skipped : tuple of BadRow
        Rows that were left out.
    """

    target: str
    classes: Sequence[str] | None
    rows: int
    train: int
    test: int
    notes: tuple[str, ...] = ()
    skipped: tuple[BadRow, ...] = ()


def facts_of(frame: Frame, target: str, rows: TableRows) -> TableFacts:
    """The facts of a table in memory.

    Parameters
    ----------
    frame : Frame
        The whole table.
    target : str
        Name of the column to predict.
    rows : TableRows
        Rows to train and to test on.
    """
    classes = None if rows.kind == "number" else [str(each) for each in np.unique(rows.y)]
    return TableFacts(
        target, classes, len(frame), len(rows.y), len(rows.y_test), frame.notes, frame.skipped
    )


class TableSummary:
    """Tells a person, or a program, about a run.

    Parameters
    ----------
    results : Results
        Where the model goes, and how much is said.
    facts : TableFacts
        What the run is about.
    """

    def __init__(self, results: Any, facts: TableFacts) -> None:
        self._results, self._facts = results, facts

    def begin(self, columns: ColumnPlan) -> None:
        """The target and the columns, before training.

        Parameters
        ----------
        columns : ColumnPlan
            What becomes of each column.
        """
        try:
            self._begin(columns)
        except OutputClosed:
            # A model that goes to a file is trained, whoever has stopped reading.
            if self._results.output is None and self._results.run is None:
                raise
            silence_output()

    def _begin(self, columns: ColumnPlan) -> None:
        facts = self._facts
        if self._results.json:
            write_json({
                "event": "table", "target": facts.target,
                "kind": "number" if facts.classes is None else "class",
                "rows": facts.rows, "skipped": len(facts.skipped), "notes": list(facts.notes),
                "columns": [
                    {"name": each.name, "kind": each.kind, "missing": each.missing,
                     "levels": each.levels, "treatment": each.treatment}
                    for each in columns.columns
                ],
            })
            return
        lines = [
            f"target            {facts.target}  ({self._said()})",
            f"rows              {facts.rows}  ({facts.train} to train on)",
            *(f"                  {note}" for note in facts.notes),
        ]
        if facts.skipped:
            lines.append(f"skipped           {len(facts.skipped)} rows")
            lines += [
                f"                  line {bad.line}: {bad.reason}" for bad in facts.skipped[:LISTED]
            ]
        if not self._results.quiet:
            lines += ["", *_set(columns), ""]
        # In one piece: a reader that takes the first line alone ends nothing.
        write_line("\n".join(lines))

    def end(
        self, model: TabularModel, figures: dict[str, float], seconds: float,
        run: str | None = None, parts: Sequence[dict[str, float]] = (),
    ) -> None:
        """The figures of the test rows, after training.

        Parameters
        ----------
        model : TabularModel
            The trained networks.
        figures : dict
            Each metric's value on the test rows.
        seconds : float
            Of training.
        run : str, optional
            The folder that keeps the run.
        parts : sequence of dict, default ()
            The metrics of each part of a cross-validation.
        """
        path = None if self._results.output is None else str(self._results.output)
        if self._results.json:
            if parts:
                write_json({"event": "cross-validation", **_columns(parts)})
            write_json({
                "event": "finished", **figures, "test_rows": self._facts.test,
                "members": len(model.members), "threshold": model.threshold, "seconds": seconds,
                "weights_sha256": weights_sha256(model), "model": path,
                **({} if run is None else {"run": run}),
            })
            return
        for name, values in _columns(parts).items():
            spread = _shown(name, float(np.std(values, ddof=1)))
            write_line(f"{NAMES[name]:<18}{_shown(name, float(np.mean(values)))}  ± {spread}")
        if parts:
            write_line(f"{'':<18}mean ± standard deviation of {len(parts)} parts, each a test once")
        for name, value in figures.items():
            write_line(f"{NAMES[name]:<18}{_shown(name, value)}")
        if not parts:
            write_line(f"{'test rows':<18}{self._facts.test}")
        if model.threshold != 0.5:
            write_line(f"{'threshold':<18}{model.threshold:.4g}")
        write_line(f"{'networks':<18}{len(model.members)}")
        write_line(f"{'seconds':<18}{seconds:.2f}")
        if path:
            write_line(f"{'model':<18}{path}")
        if run:
            write_line(f"{'run':<18}{run}")

    def _said(self) -> str:
        classes = self._facts.classes
        if classes is None:
            return "numbers; --kind class takes them for classes"
        return f"{len(classes)} classes: {', '.join(classes)[:WIDE]}"


def weights_sha256(model: TabularModel) -> str:
    """The SHA-256 of all weights of a model.

    Parameters
    ----------
    model : TabularModel
        The trained networks.

    Returns
    -------
    str
        In hexadecimal.
    """
    return hashlib.sha256(np.ascontiguousarray(model.members).tobytes()).hexdigest()


def _columns(parts: Sequence[dict[str, float]]) -> dict[str, list[float]]:
    """The values of every metric that all parts have."""
    names = [name for name in parts[0] if all(name in part for part in parts)] if parts else []
    return {name: [part[name] for part in parts] for name in names}


def _shown(name: str, value: float) -> str:
    return f"{value:.2%}" if "accuracy" in name else f"{value:.6g}"


def _set(columns: ColumnPlan) -> list[str]:
    """The plan as lines with columns set under each other."""
    head = ("column", "kind", "missing", "levels", "what is done")
    rows = [head, *columns.rows()]
    cut = [(row[0][:WIDE], *row[1:]) for row in rows]
    widths = [max(len(row[at]) for row in cut) for at in range(4)]
    return [
        "  ".join([
            row[0].ljust(widths[0]), row[1].ljust(widths[1]), row[2].rjust(widths[2]),
            row[3].rjust(widths[3]), row[4],
        ]).rstrip()
        for row in cut
    ]
