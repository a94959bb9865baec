"""The page of a run's report, made from its figures alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fastavg.reports.charts import (
    Axes,
    Series,
    bar_chart,
    density,
    histogram,
    line_chart,
    number,
)
from fastavg.reports.document import (
    Block,
    Drawing,
    Heading,
    Table,
    Text,
    Verdict,
    Warnings,
    page,
)

MOST_BARS, MOST_COLUMNS, MOST_CLASSES, MOST_CURVES = 15, 60, 25, 6
NAMES = {
    "accuracy": "accuracy", "log_loss": "log loss", "auc": "area under the ROC curve",
    "baseline_accuracy": "accuracy of the most frequent class", "r2": "R²", "rmse": "RMSE",
    "mae": "mean absolute error", "baseline_rmse": "RMSE of the training rows' mean",
}
LOWER = ("log_loss", "rmse", "mae", "baseline_rmse")


def run_page(figures: dict[str, Any]) -> str:
    """One self-contained HTML page.

    Parameters
    ----------
    figures : dict
        As of :func:`fastavg.reports.run_report.report_figures`.

    Returns
    -------
    str
        HTML that asks for no other file.
    """
    target = figures["target"] or "the target"
    test = f"{figures['rows']['test']:,} test rows"
    blocks: list[Block] = [
        Heading(1, f"{figures['run']}: a model of {target}"), *_verdict(figures, test),
    ]
    for title, part in (
        ("Training", _training(figures)), ("Quality", _quality(figures, test)),
        ("Columns that matter", _columns(figures)), ("Where it is weak", _weak(figures, test)),
        ("Column plan", _plan(figures)), ("Made by", _made(figures)),
    ):
        if part:
            blocks += [Heading(2, title), *part]
    return page(blocks)


def _verdict(figures: dict[str, Any], test: str) -> list[Block]:
    score, name = figures["score"], NAMES[figures["score"]["name"]]
    low, high = (_score(score[end], score["name"]) for end in ("low", "high"))
    linear = figures["linear"].get("test", {}).get(score["name"])
    shown = _score(score["value"], score["name"])
    rows: list[Sequence[str]] = [
        ("this model", shown, f"{low} to {high}"),
        (score["baseline_is"], _score(score["baseline"], score["name"]), ""),
    ]
    if linear is not None:
        rows.append((
            f"a linear model of {figures['linear']['rows']:,} training rows",
            _score(linear, score["name"]), "",
        ))
    blocks: list[Block] = [
        Verdict(
            f"{name} {shown}",
            f"on {test} that training has not seen; 95 % interval {low} to {high}.",
        ),
        Table(("", name, "95 % interval"), rows, f"From {test}; more is better."),
        Table(("figure", "value", "better is"), [
            (NAMES.get(each, each), number(value), "less" if each in LOWER else "more")
            for each, value in figures["metrics"].items()
        ], f"From {test}. On {figures['train_score']['rows']:,} training rows, {name} is "
            f"{_score(figures['train_score']['value'], score['name'])}."),
    ]
    if figures["warnings"]:
        blocks.insert(1, Warnings(figures["warnings"]))
    return blocks


def _training(figures: dict[str, Any]) -> list[Block]:
    blocks: list[Block] = []
    curves = figures["training"]["curves"]
    rows = f"{figures['rows']['train']:,} training rows"
    for curve in curves[:MOST_CURVES]:
        series = [Series("training loss", np.array(curve["epochs"]), np.array(curve["loss"]))]
        if "validation_loss" in curve:
            series.append(Series(
                "loss of held-out rows", np.array(curve["validation_epochs"]),
                np.array(curve["validation_loss"], np.float64),
            ))
        blocks.append(Drawing(
            line_chart(series, Axes(
                "epochs", "loss", mark=curve["restored"], mark_name="restored",
            )),
            f"Loss of {curve['name']}, from {rows}"
            + (", a part of them held out; the dashed line is the epoch whose weights were kept."
               if curve["restored"] is not None else "; the last weights were kept."),
        ))
    if len(curves) > MOST_CURVES:
        blocks.append(Text(f"{len(curves) - MOST_CURVES} more networks are in `report.json`."))
    blocks.append(Table(("phase", "seconds"), [
        (name, number(value)) for name, value in figures["phases"].items()
    ], "By the clock, of the whole run."))
    telemetry = figures["training"]["telemetry"]
    if "rounds" in telemetry:
        parts = ("training_seconds", "averaging_seconds", "waiting_seconds")
        whole = max(sum(telemetry[name] for name in parts), 1e-12)
        blocks.append(Table(("averaging", "value"), [
            ("workers", number(telemetry.get("workers"))),
            ("processes", number(telemetry.get("processes"))),
            ("rounds", number(telemetry["rounds"])),
            *((f"{name.removesuffix('_seconds')}, part of a round",
               f"{telemetry[name] / whole:.1%}") for name in parts),
            ("processes that were replaced", number(telemetry["replaced"])),
            ("workers left out of an average", number(telemetry["skipped"])),
        ], "Of all rounds of the first rank."))
        blocks += _averages(telemetry["rounds_seen"], telemetry.get("workers") or 1, rows)
    return blocks


def _averages(seen: dict[str, list[float]], workers: int, rows: str) -> list[Block]:
    if workers < 2:
        return []
    epochs, shares = np.array(seen["epochs"]), np.array(seen["communication_share"])
    blocks: list[Block] = [Drawing(
        line_chart([Series("", epochs, shares)], Axes("epochs", "communication share")),
        f"The part of the time of rounds that averaging took, in training on {rows}.",
    )]
    if seen["drift"]:
        drift = Series("", np.array(seen["drift_epochs"]), np.array(seen["drift"]))
        blocks.append(Drawing(
            line_chart([drift], Axes("epochs", "drift")),
            "Drift: how far the workers were from their mean when it was made (root of the mean "
            f"squared distance, as a part of the mean's length), in training on {rows}; of the "
            "rounds where it was measured.",
        ))
    return blocks


def _quality(figures: dict[str, Any], test: str) -> list[Block]:
    quality = figures.get("quality")
    if quality is None:
        return []
    return _of_classes(quality, test) if figures["task"] == "class" else _of_numbers(quality, test)


def _of_classes(quality: dict[str, Any], test: str) -> list[Block]:
    names, counts = quality["confusion"]["classes"], np.array(quality["confusion"]["counts"])
    blocks: list[Block] = []
    if len(names) <= MOST_CLASSES:
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        blocks.append(Table(("true \\ predicted", *names), [
            (name, *(f"{count} ({share:.0%})" if count else "0"
                     for count, share in zip(counts[at].tolist(), shares[at], strict=True)))
            for at, name in enumerate(names)
        ], f"Rows, and shares of the true class, from {test}.", shares.tolist()))
    blocks.append(Table(("class", "precision", "recall", "F1", "rows"), [
        (each["class"], number(each["precision"]), number(each["recall"]), number(each["f1"]),
         f"{each['rows']:,}") for each in quality["classes"][:MOST_COLUMNS]
    ], f"Each class against all others, from {test}."))
    if "curves" not in quality:
        return blocks
    curves = quality["curves"]
    blocks += [
        Drawing(line_chart([
            Series(f"{each['class']} ({each['auc']:.3f})", np.array(each["false_positives"]),
                   np.array(each["true_positives"])) for each in curves
        ], Axes("false positives", "true positives", diagonal=True)),
            f"ROC curves and the areas under them, from {test}."),
        Drawing(line_chart([
            Series(f"{each['class']} ({each['average_precision']:.3f})", np.array(each["recall"]),
                   np.array(each["precision"])) for each in curves
        ], Axes("recall", "precision")),
            f"Precision and recall, and average precisions, from {test}."),
    ]
    calibration = quality["calibration"]
    blocks.append(Drawing(
        line_chart([Series("", np.array(calibration["said"]), np.array(calibration["right"]))],
                   Axes("probability of the answer", "share of right answers", diagonal=True)),
        f"Reliability: expected calibration error {calibration['ece']:.4f}, Brier score "
        f"{quality['brier']:.4f}, from {test}.",
    ))
    return blocks


def _of_numbers(quality: dict[str, Any], test: str) -> list[Block]:
    true, predicted = (np.array(quality["shown"][name]) for name in ("true", "predicted"))
    shown = f"{len(true):,} of {test}" if f"{len(true):,} test rows" != test else test
    return [
        Drawing(density(true, predicted, Axes("true", "predicted", diagonal=True)),
                f"Predicted against true, from {shown}."),
        Drawing(histogram(predicted - true, "predicted less true"),
                f"Residuals, from {shown}."),
        Table(("tenth of the predictions", "mean predicted", "mean true", "RMSE", "rows"), [
            (f"{at}", number(each["predicted"]), number(each["true"]), number(each["rmse"]),
             f"{each['rows']:,}") for at, each in enumerate(quality["tenths"], 1)
        ], f"From the lowest predictions to the highest, from {test}. Half of all errors are "
            f"below {number(quality['median_error'])}; their mean is {number(quality['bias'])}."),
    ]


def _columns(figures: dict[str, Any]) -> list[Block]:
    found, effects = figures["importance"], figures["effects"]
    top = found["columns"][:MOST_BARS]
    loss = "log loss" if figures["task"] == "class" else "RMSE"
    rest = len(found["columns"]) - len(top)
    blocks: list[Block] = [Drawing(
        bar_chart([each["column"] for each in top], [each["mean"] for each in top],
                  [each["spread"] for each in top], f"growth of the {loss}"),
        f"How much the {loss} grows when a column's values change places, with its standard "
        f"deviation over {found['repeats']} shufflings, from {found['rows']:,} test rows"
        + (f"; {rest} more columns are in `report.json`." if rest else "."),
    )]
    for each in effects["columns"]:
        caption = (
            f"What the model says on average ({effects['output']}) if all rows had this value of "
            f"`{each['column']}`, from {effects['rows']:,} test rows."
        )
        if each["kind"] == "number":
            made = line_chart(
                [Series("", np.array(each["values"]), np.array(each["mean"]))],
                Axes(each["column"], effects["output"]),
            )
        else:
            made = bar_chart(each["values"], each["mean"], [0.0] * len(each["mean"]),
                             f"{effects['output']} by {each['column']}")
        blocks.append(Drawing(made, caption))
    return blocks


def _weak(figures: dict[str, Any], test: str) -> list[Block]:
    loss = "log loss" if figures["task"] == "class" else "RMSE"
    blocks: list[Block] = []
    if figures["segments"]:
        blocks.append(Table(("column", "part", "rows", loss), [
            (each["column"], each["part"], f"{each['rows']:,}", number(each["loss"]))
            for each in figures["segments"]
        ], f"Parts of at least 20 rows with the largest {loss}, from {test}."))
    blocks.append(Table(("id", "target", "prediction", "loss"), [
        (str(each["id"]), _cell(each["target"]), _cell(each["prediction"]), number(each["loss"]))
        for each in figures["worst"]
    ], f"Rows with the largest loss, of {test}; an id is that of `--id`, or the row's number "
        "from 0."))
    return blocks


def _plan(figures: dict[str, Any]) -> list[Block]:
    columns = figures["columns"]
    rest = len(columns) - MOST_COLUMNS
    return [Table(("column", "kind", "missing", "levels", "what is done"), [
        (each["name"], each["kind"], f"{each['missing']:.1%}" if each["missing"] else "",
         f"{each['levels']:,}" if each["levels"] else "", each["treatment"])
        for each in columns[:MOST_COLUMNS]
    ], f"Found from the {figures['rows']['train']:,} training rows"
        + (f"; {rest} more columns are in `report.json`." if rest > 0 else "."), words=True)]


def _made(figures: dict[str, Any]) -> list[Block]:
    made, model = figures["reproduce"], figures["model"]
    environment = made["environment"]
    return [
        Text(f"`{made['command']}`"),
        Text("`fastavg train --config config.toml` with the file of the run's folder ends with the "
             "same weights, with any number of processes, on the same processor and versions."),
        Table(("", ""), [
            ("seed", str(made["seed"])), ("data", made["data"] or "the digits of fastavg"),
            ("SHA-256 of the data", made["data_sha256"] or "-"),
            ("SHA-256 of the weights", made["weights_sha256"]),
            ("layers", " - ".join(map(str, model["layers"]))),
            ("activation, output", f"{model['activation']}, {model['output']}"),
            ("weights", f"{model['weights']:,}, {model['networks']} times"),
            ("model file", f"{model['bytes']:,} bytes"),
            *((name, str(value)) for name, value in environment.items()),
        ], "Written down when the run began.", words=True),
    ]


def _score(value: float | None, name: str) -> str:
    if value is None:
        return "-"
    return f"{value:.2%}" if name == "accuracy" else f"{value:.4f}"


def _cell(value: Any) -> str:
    return number(value) if isinstance(value, float) else str(value)
