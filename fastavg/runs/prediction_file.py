"""The answers for the test rows as a table: id, target, prediction, one column a class."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.machine.atomic_file import write_atomically
from fastavg.runs.run_figures import Answers

# Digits that give a float32 back.
DIGITS = ".9g"


def prediction_text(answers: Answers, ids: NDArray[Any]) -> str:
    """The table as CSV.

    Parameters
    ----------
    answers : Answers
        Of the rows.
    ids : array (n_rows,)
        Who each row is.

    Returns
    -------
    str
        A header, and a line for each row.

    Examples
    --------
    >>> y, chances = np.array(["a", "b"]), np.array([[0.75, 0.25], [0.5, 0.5]])
    >>> made = Answers(y, np.array(["a", "a"]), chances, np.array(["a", "b"]))
    >>> print(prediction_text(made, np.array([3, 8])))
    id,target,prediction,p_a,p_b
    3,a,a,0.75,0.25
    8,b,a,0.5,0.5
    <BLANKLINE>
    """
    outputs = 1 if answers.y.ndim == 1 else answers.y.shape[1]
    parts = [""] if outputs == 1 else [f"_{at}" for at in range(outputs)]
    header = ["id", *(f"target{each}" for each in parts), *(f"prediction{each}" for each in parts)]
    columns = [
        [_plain(each) for each in ids.tolist()],
        *np.atleast_2d(answers.y.T).tolist(), *np.atleast_2d(answers.predicted.T).tolist(),
    ]
    if answers.probabilities is not None and answers.classes is not None:
        header += [f"p_{each}" for each in answers.classes.tolist()]
        columns += [
            [format(value, DIGITS) for value in column]
            for column in answers.probabilities.T.tolist()
        ]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def write_predictions(path: str | Path, answers: Answers, ids: NDArray[Any]) -> None:
    """Write the table, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; an old one of that name is replaced in one step.
    answers : Answers
        Of the rows.
    ids : array (n_rows,)
        Who each row is.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_atomically(path, prediction_text(answers, ids).encode())


def _plain(value: Any) -> Any:
    # A column of whole numbers with holes comes as float64.
    return int(value) if isinstance(value, float) and value.is_integer() else value
