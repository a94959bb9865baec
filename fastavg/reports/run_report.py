"""The figures of a run's report, from its folder and its data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import fastavg
from fastavg.communicators import connect
from fastavg.data.column_plan import ColumnPlan, PlannedColumn, load_columns
from fastavg.data.prepare import dense_features
from fastavg.errors import DataError
from fastavg.models.tabular_model import TabularModel
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions
from fastavg.reports.baselines import linear_baseline
from fastavg.reports.class_quality import class_quality
from fastavg.reports.findings import findings, leak_suspects
from fastavg.reports.importance import effect_curves, importance, row_losses
from fastavg.reports.intervals import resampled_interval, share_interval
from fastavg.reports.number_quality import number_quality
from fastavg.reports.report_rows import ReportRows
from fastavg.reports.run_history import run_history
from fastavg.reports.weak_spots import weak_segments, worst_rows
from fastavg.runs.event_records import finite
from fastavg.runs.run_data import data_sha256, open_run_rows, open_run_table
from fastavg.runs.run_figures import Answers, answers_of
from fastavg.runs.run_folder import RunFolder

SCHEMA = 1
MOST_TRAIN = 2000
# What a report needs of the event that begins a run, and of the figures of the test rows.
ABOUT = {"command", "data", "data_sha256", "environment", "target"}
REPORTED = {"phases", "weights_sha256"}


class Reread(NamedTuple):
    """The model and the rows of a run, read again.

    Attributes
    ----------
    model : Model or TabularModel
        What was trained.
    train, test : ReportRows
        Rows as the model takes them.
    y_train, y_test : array
        Their targets.
    task : str
        ``class`` or ``number``.
    ids : array (n_test_rows,)
        Who the test rows are.
    columns : ColumnPlan
        What the columns were taken for.
    """

    model: Any
    train: ReportRows
    test: ReportRows
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    task: str
    ids: NDArray[Any]
    columns: ColumnPlan


def report_figures(folder: RunFolder) -> dict[str, Any]:
    """Every figure of a report, in plain values.

    Parameters
    ----------
    folder : RunFolder
        Of a finished run.

    Returns
    -------
    dict
        What ``report.json`` holds; docs/how-to/report says what each name means.

    Raises
    ------
    DataError
        If the run is not finished, a file is damaged, or the data have changed.
    """
    measured, events = folder.measured(), folder.happened()
    about = next((each for each in events if each["event"] == "run"), None)
    if about is None or not about.keys() >= ABOUT:
        raise DataError(f"{folder.events} is damaged: it does not say what the run is")
    if not measured.keys() >= REPORTED:
        lost = sorted(REPORTED - measured.keys())
        raise DataError(f"{folder.metrics} is damaged: it has no {lost[0]}")
    reread = read_again(folder, about)
    if not len(reread.y_test):
        raise DataError(
            f"{folder.path} has no test rows to report on; train with --test-size above 0"
        )
    answers = answers_of(reread.model, reread.test.X, reread.y_test)
    losses = row_losses(answers)
    n_test = len(reread.y_test)
    figures: dict[str, Any] = {
        "schema": SCHEMA, "run": folder.path.name, "task": reread.task,
        "target": about["target"], "rows": {"train": len(reread.y_train), "test": n_test},
        "metrics": measured["test"], "score": score_of(answers, measured["test"], n_test),
        "train_score": _train_score(reread),
        "training": run_history(folder), "phases": measured["phases"],
        "columns": [
            {**asdict(each), "treatment": _treatment(each, reread)}
            for each in reread.columns.columns
        ],
        "class_rows": _class_rows(reread),
        "linear": linear_baseline(
            (reread.train, reread.y_train), (reread.test, reread.y_test), reread.task
        ) if reread.y_test.ndim == 1 else {},
    }
    figures["leaks"] = leak_suspects(
        (reread.train, reread.y_train), (reread.test, reread.y_test),
        figures["score"]["value"], reread.task,
    ) if reread.y_test.ndim == 1 else []
    if reread.y_test.ndim == 1:
        figures["quality"] = class_quality(answers) if reread.task == "class" else (
            number_quality(reread.y_test, answers.predicted)
        )
    figures["importance"] = importance(reread.model, reread.test, reread.y_test)
    named = [each["column"] for each in figures["importance"]["columns"]]
    figures["effects"] = effect_curves(reread.model, reread.test, named)
    figures["segments"] = weak_segments(reread.test, losses, root=reread.task == "number")
    figures["worst"] = worst_rows(reread.ids, reread.y_test, answers.predicted, losses)
    figures["model"] = _model(reread.model, folder)
    figures["reproduce"] = {
        "command": about["command"], "config": folder.config.name,
        "seed": folder.options().get("seed", 0), "data": about["data"],
        "data_sha256": about["data_sha256"], "weights_sha256": measured["weights_sha256"],
        "environment": about["environment"],
    }
    figures["warnings"] = findings(figures)
    return figures


def read_again(folder: RunFolder, about: dict[str, Any]) -> Reread:
    """The model and the rows of a run.

    Parameters
    ----------
    folder : RunFolder
        Of a finished run.
    about : dict
        Its ``run`` event.

    Returns
    -------
    Reread
        The same rows that the run had.

    Raises
    ------
    DataError
        If the data have changed since.
    """
    options = folder.options()
    try:
        data = DataOptions(**options.get("data", {}))
        of_tables = TableOptions(**options.get("table", {}))
    except TypeError:
        raise DataError(f"{folder.config} is damaged: it holds what is no option") from None
    if data_sha256(data.file) != about["data_sha256"]:
        raise DataError(
            f"{data.file} has changed since the run {folder.path}; a report needs the same rows"
        )
    model: Any = fastavg.load(folder.model)
    if isinstance(model, TabularModel):
        _, _, rows = open_run_table(data, of_tables)
        names = model.feature_names
        return Reread(
            model, ReportRows(rows.train.select(names), names),
            ReportRows(rows.test.select(names), names), rows.y, rows.y_test, rows.kind,
            rows.ids, load_columns(folder.columns),
        )
    plain = open_run_rows(connect(None), data, "float64")
    X, X_test = dense_features(plain.X), dense_features(plain.X_test)
    if plain.scaling is not None:
        X = plain.scaling.undo(X)
    names = plain.feature_names or tuple(f"x{at}" for at in range(X.shape[1]))
    assert plain.test_numbers is not None
    return Reread(
        model, ReportRows(X, names), ReportRows(X_test, names), plain.y, plain.y_test,
        plain.target, plain.test_numbers,
        ColumnPlan(tuple(PlannedColumn(name, "number") for name in names)),
    )


def score_of(answers: Answers, metrics: dict[str, Any], n_rows: int) -> dict[str, Any]:
    """The figure that the report is about, with its interval and its baseline.

    Parameters
    ----------
    answers : Answers
        Of the test rows.
    metrics : dict
        Figures of the test rows.
    n_rows : int
        How many there are.

    Returns
    -------
    dict
        ``name``, ``value``, ``low``, ``high`` (95 %), ``baseline`` and what that is.
    """
    if "accuracy" in metrics:
        low, high = share_interval(metrics["accuracy"], n_rows)
        return {
            "name": "accuracy", "value": metrics["accuracy"], "low": low, "high": high,
            "baseline": metrics.get("baseline_accuracy"),
            "baseline_is": "the most frequent class",
        }
    y, predicted = answers.y.reshape(n_rows, -1), answers.predicted.reshape(n_rows, -1)

    def r2(rows: NDArray[np.int64]) -> float:
        missed = ((y[rows] - predicted[rows]) ** 2).sum(axis=0)
        spread = ((y[rows] - y[rows].mean(axis=0)) ** 2).sum(axis=0)
        return float(np.mean(1 - missed / np.maximum(spread, 1e-300)))

    low, high = resampled_interval(r2, n_rows)
    return {
        "name": "r2", "value": metrics.get("r2"), "low": low, "high": high, "baseline": 0.0,
        "baseline_is": "the mean of the training rows",
    }


def _treatment(column: PlannedColumn, reread: Reread) -> str:
    if isinstance(reread.model, TabularModel):
        return column.treatment
    return "as it is" if reread.model.scaling is None else "scaled"


def _train_score(reread: Reread) -> dict[str, Any]:
    step = max(1, -(-len(reread.y_train) // MOST_TRAIN))
    chosen = np.arange(0, len(reread.y_train), step)
    rows = reread.train.take(chosen)
    return {
        "value": float(reread.model.score(rows.X, reread.y_train[chosen])), "rows": len(chosen),
    }


def _class_rows(reread: Reread) -> dict[str, int]:
    if reread.task != "class":
        return {}
    names, counts = np.unique(reread.y_train, return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def _model(model: Any, folder: RunFolder) -> dict[str, Any]:
    return finite({
        "layers": list(model.network.layer_sizes), "activation": str(model.network.activation),
        "output": model.network.output, "weights": int(model.network.n_weights),
        "networks": len(getattr(model, "members", (0,))), "bytes": folder.model.stat().st_size,
    })
