"""What ``fastavg predict`` does with a model of a table: part by part, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fastavg import ConfigError
from fastavg.data.frame import Frame
from fastavg.data.large_tables.frame_files import open_frame_files
from fastavg.data.prepare import read_frame
from fastavg.data.readers.batches import ROWS, in_batches
from fastavg.models.tabular_model import TabularModel

from ..terminal.csv_lines import fields, write_fields, write_numbers


class Answers(NamedTuple):
    """What is written for each row.

    Attributes
    ----------
    probabilities : bool
        One for each class, in place of the class.
    interval : float or None
        Two bounds between which this part of the numbers is expected, beside each number.
    """

    probabilities: bool = False
    interval: float | None = None


def predict_table(model: TabularModel, path: Path, wanted: Answers) -> None:
    """Write the answer for each row of a file.

    Parameters
    ----------
    model : TabularModel
        The model.
    path : Path
        A file with its columns.
    wanted : Answers
        What is written.

    Raises
    ------
    ConfigError
        If the model has no such answers.
    DataError
        If the file cannot be read, or a column is missing or has changed.
    OutputClosed
        If standard output is closed.
    """
    if wanted.interval is not None and model.classes is not None:
        raise ConfigError("--interval is for numbers; this model predicts classes")
    head = None
    if wanted.probabilities and model.classes is not None:
        head = model.classes.tolist()
    if wanted.interval is not None:
        head = ["prediction", "low", "high"]
        # Refused before the first row is read.
        model.interval(np.zeros(1), wanted.interval)
    if model.quantiles:
        head = [f"q{each:g}" for each in model.quantiles]
    names = np.array([]) if model.classes is None else np.array(fields(model.classes), object)
    for at, answers in enumerate(
        model.predict_batches(parts_of(path, model), wanted.probabilities)
    ):
        if head is not None and not at:
            write_fields(fields(head), ",")
        if model.classes is not None and not wanted.probabilities:
            write_fields(names[model.choose(answers)].tolist())
        elif wanted.interval is not None:
            bounds = model.interval(answers, wanted.interval)
            write_numbers(np.concatenate([answers, *bounds], axis=1))
        else:
            write_numbers(answers)


def parts_of(path: Path, model: TabularModel) -> Iterator[Frame]:
    """The rows of a file, part by part.

    Parameters
    ----------
    path : Path
        Parquet and .npy files are read part by part, any other as a whole.
    model : TabularModel
        Says which columns are needed.
    """
    if path.suffix.lower() == ".npy":
        yield from open_frame_files(path).frames(model.feature_names)
        return
    batches = in_batches(path, model.feature_names)
    if batches is not None:
        yield from batches
        return
    frame = read_frame(path, model.feature_names)
    for start in range(0, len(frame), ROWS):
        yield frame.slice(start, start + ROWS)
