"""``fastavg evaluate``: how good a model is on a file with targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def evaluate(
    model: Annotated[Path, typer.Argument(help="A model file that fastavg wrote.")],
    data: Annotated[Path | None, typer.Argument(
        help="A file with named columns (.csv, .tsv, .parquet, .arrow, .jsonl), or with arrays "
        "X and y (.npz, .npy, .mat, .h5, IDX, svmlight); the test digits if not given.",
    )] = None,
    target: Annotated[str | None, typer.Option(
        help="Where the true values are: a column, an array, or a .npy file beside the one with X.",
    )] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Compare a model's predictions with the truth.

    Example: fastavg evaluate results/flowers/model.safetensors flowers.csv\f

    Parameters
    ----------
    model : path
        The model file.
    data : path, optional
        The data file; the test digits if None.
    target : str, optional
        Column, array or file that holds the truth; the model's own, or the usual names, if None.
    json : bool, default False
        Write one JSON object.
    """  # noqa: D301 - help ends at the form feed
    import fastavg
    from fastavg.data.columns import features_of, truth_of
    from fastavg.data.prepare import held_out_digits, open_table, read_frame, with_target
    from fastavg.models.tabular_model import TabularModel

    from ..process.first_rank import is_first_rank
    from ..process.streams import check_standard_output
    from ..terminal.output import write_json, write_line

    check_standard_output([model, *([] if data is None else [data])])
    if not is_first_rank():
        return
    trained, unknown = fastavg.load(model), 0
    if isinstance(trained, TabularModel):
        truth = target or trained.target_name
        X: Any = read_frame(data, trained.feature_names, truth)
        y = X.truth(truth)
    else:
        table = held_out_digits() if data is None else open_table(
            data, target, trained.feature_names
        )
        y = with_target(table, data)
        X = features_of(trained, table, data)
        y, known = truth_of(trained, y)
        unknown = int((~known).sum())
    score = trained.score(X, y)
    # A class that the model does not know counts as wrong; it has no loss.
    loss = trained.loss(X, y) if not unknown else (
        trained.loss(X[known], y[known]) if known.any() else float("nan")
    )
    name = "r2" if trained.target == "number" else "accuracy"
    if json:
        write_json({
            "event": "evaluated", name: score, "loss": loss, "rows": len(y),
            "unknown_classes": unknown,
        })
        return
    write_line(f"{name:<10}{score:.4f}")
    write_line(f"{'loss':<10}{loss:.4f}")
    write_line(f"{'rows':<10}{len(y)}")
    if unknown:
        write_line(f"{'unknown':<10}{unknown} rows of classes that the model does not know")


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(evaluate)
