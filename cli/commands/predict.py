"""``fastavg predict``: a model's answer for each row of a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .command import made


def predict(
    model: Annotated[Path, typer.Argument(help="A model file that fastavg wrote.")],
    data: Annotated[Path, typer.Argument(
        help="A file with named columns (.csv, .tsv, .parquet, .arrow, .jsonl), or with X."
    )],
    target: Annotated[str | None, typer.Option(
        help="A column of the file to leave out.",
    )] = None,
    probabilities: Annotated[bool, typer.Option(
        "--probabilities", help="One column for each class.",
    )] = False,
    interval: Annotated[float | None, typer.Option(
        help="Also two bounds between which this fraction of the targets is expected, such as 0.9.",
    )] = None,
) -> None:
    """Predict the class or the number of each row, one line each.

    Example: fastavg predict results/flowers/model.safetensors flowers.csv\f

    Parameters
    ----------
    model : path
        The model file.
    data : path
        The data file.
    target : str, optional
        A column of the file to leave out.
    probabilities : bool, default False
        Write one column for each class.
    interval : float, optional
        Write two bounds beside each number, between which this part of them is expected.
    """  # noqa: D301 - help ends at the form feed
    import fastavg
    from fastavg.data.columns import features_of
    from fastavg.data.prepare import open_table
    from fastavg.models.tabular_model import TabularModel

    from ..process.first_rank import is_first_rank
    from ..process.streams import check_standard_output
    from ..terminal.csv_lines import write_rows
    from .predict_table import Answers, predict_table

    check_standard_output([model, data])
    if not is_first_rank():
        return
    trained = fastavg.load(model)
    if isinstance(trained, TabularModel):
        predict_table(trained, data, Answers(probabilities, interval))
        return
    if interval is not None:
        raise fastavg.ConfigError("--interval is for models of tables that predict numbers")
    X = features_of(trained, open_table(data, target, trained.feature_names), data)
    if not probabilities:
        write_rows(trained.predict(X))
        return
    answers = trained.predict_proba(X)
    names = range(answers.shape[1]) if trained.classes is None else trained.classes.tolist()
    write_rows(answers, list(names))


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(predict)
