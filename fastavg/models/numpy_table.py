"""Models of tables without compiled code: NumPy and a model file are enough.

Columns come as plain lists or arrays by name; pyarrow is not needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Levels
from fastavg.data.preprocessing.stored import encoder_from_dict
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.data.spelling import level_name
from fastavg.errors import DataError
from fastavg.models.numpy_model import NumpyModel, numpy_model

Array = NDArray[np.floating]


class PlainColumns:
    """Lists or arrays by name as the columns of a table.

    Parameters
    ----------
    columns : mapping of str to sequence
        Numbers, text, truth values or dates (``datetime64``); None and NaN are missing.

    Raises
    ------
    DataError
        If the columns have different lengths, or there are none.

    Examples
    --------
    >>> columns = PlainColumns({"age": [31, None], "town": ["Ulm", None]})
    >>> columns.numbers("age")
    array([31., nan])
    >>> columns.categories("town")
    Levels(codes=array([ 0, -1], dtype=int32), levels=['Ulm'])
    """

    source = "the table"

    def __init__(self, columns: Mapping[str, Sequence[Any] | NDArray[Any]]) -> None:
        self._columns = {str(name): np.asarray(column) for name, column in columns.items()}
        lengths = {len(column) for column in self._columns.values()}
        if len(lengths) != 1:
            raise DataError(f"the columns have {sorted(lengths)} values; all need the same number")
        self._length = lengths.pop()

    def __len__(self) -> int:
        return self._length

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        return tuple(self._columns)

    def kind(self, name: str) -> str:
        """``number``, ``boolean``, ``date``, ``text`` or ``empty``.

        Parameters
        ----------
        name : str
            A column's name.
        """
        column = self._columns[name]
        if column.dtype.kind in "iuf":
            return "number"
        if column.dtype.kind in "bM":
            return "boolean" if column.dtype.kind == "b" else "date"
        known = {type(value) for value in column.tolist() if not _is_missing(value)}
        if not known:
            return "empty"
        if known <= {bool}:
            return "boolean"
        return "number" if known <= {int, float, bool} else "text"

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as float64, NaN where it is missing; dates as days since 1970.

        Parameters
        ----------
        name : str
            A column's name.

        Returns
        -------
        array (n_rows,) of float64
            The column.

        Raises
        ------
        DataError
            If a value is no finite number.
        """
        column = self._columns[name]
        if column.dtype.kind == "M":
            seconds = column.astype("datetime64[us]").astype(np.float64) / 86_400e6
            return np.where(np.isnat(column), np.nan, seconds)
        if column.dtype.kind not in "iufb":
            filled = [np.nan if _is_missing(value) else value for value in column.tolist()]
            try:
                column = np.asarray(filled, np.float64)
            except (TypeError, ValueError):
                raise DataError(f"column {name!r} holds text; it must hold numbers") from None
        numbers = column.astype(np.float64)
        if np.isinf(numbers).any():
            row = int(np.flatnonzero(np.isinf(numbers))[0])
            raise DataError(
                f"{self.source}, row {row}, column {name!r} holds {numbers[row]}; "
                "every number must be finite"
            )
        return numbers

    def categories(self, name: str) -> Levels:
        """A column as levels of text, in the order in which they first occur.

        Parameters
        ----------
        name : str
            A column's name.

        Returns
        -------
        Levels
            Codes of int32, -1 where the value is missing, and the levels.
        """
        found: dict[str, int] = {}
        codes = np.empty(len(self), np.int32)
        for row, value in enumerate(self._columns[name].tolist()):
            missing = _is_missing(value)
            codes[row] = -1 if missing else found.setdefault(level_name(value), len(found))
        return Levels(codes, list(found))


def _is_missing(value: Any) -> bool:
    # NaN alone differs from itself.
    return value is None or value == "" or value != value


@dataclass(frozen=True, eq=False)
class NumpyTable:
    """A model of a table that predicts with NumPy alone, in float64.

    Parameters
    ----------
    encoder : TableEncoder
        What becomes of the columns.
    members : tuple of NumpyModel
        The networks whose predictions are averaged.
    classes : array (n_classes,) or None
        The label of each output; None for a model of numbers.
    target_scaling : TargetScaling or None
        Of a model of numbers.
    temperature : float
        What the last layer's values are divided by before they become probabilities.
    threshold : float
        Of two classes, the probability above which it is the second one.
    quantiles : tuple of float
        Of a model of quantiles: which one each output is; the middle one is what it predicts.
    """

    encoder: TableEncoder
    members: tuple[NumpyModel, ...]
    classes: NDArray[Any] | None
    target_scaling: TargetScaling | None
    temperature: float
    threshold: float = 0.5
    quantiles: tuple[float, ...] = ()

    def predict_proba(self, columns: Any) -> Array:
        """Probabilities, one column for each class.

        Parameters
        ----------
        columns : mapping of str to sequence
            See :class:`PlainColumns`; also a DataFrame.

        Returns
        -------
        array (n_rows, n_classes) of float64
            Each row adds up to 1.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        answers = []
        for z in self._sums(columns):
            e = np.exp((z - z.max(axis=1, keepdims=True)) / self.temperature)
            answers.append(e / e.sum(axis=1, keepdims=True))
        return np.asarray(np.mean(answers, axis=0))

    def predict(self, columns: Any) -> NDArray[Any]:
        """The class or the number of each row.

        Parameters
        ----------
        columns : mapping of str to sequence
            See :class:`PlainColumns`; also a DataFrame.

        Returns
        -------
        array (n_rows,) or (n_rows, n_outputs)
            Labels, or float64 in the targets' own units.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        if self.classes is not None:
            chances = self.predict_proba(columns)
            chosen = chances.argmax(axis=1)
            if self.threshold != 0.5 and len(self.classes) == 2:
                chosen = (chances[:, 1] > self.threshold).astype(np.intp)
            answers: NDArray[Any] = self.classes[chosen]
            return answers
        assert self.target_scaling is not None
        numbers = np.mean([self.target_scaling.invert(z) for z in self._sums(columns)], axis=0)
        if self.quantiles:
            return np.asarray(numbers[:, len(self.quantiles) // 2])
        return numbers[:, 0] if numbers.shape[1] == 1 else np.asarray(numbers)

    def _sums(self, columns: Any) -> list[Array]:
        X = self.encoder.apply(_plain(columns), np.float64)
        return [member.decision(X) for member in self.members]


def _plain(columns: Any) -> PlainColumns:
    if isinstance(columns, PlainColumns):
        return columns
    return PlainColumns({str(name): columns[name] for name in list(columns)})


def numpy_table(tensors: dict[str, NDArray[Any]], meaning: dict[str, Any]) -> NumpyTable:
    """The model of a file's content; see :func:`fastavg.load_light`."""
    network, classes = meaning["network"], meaning["classes"]
    scaling = None
    if classes is None:
        scaling = TargetScaling(
            *(tensors[f"target.{name}"] for name in ("mean", "spread", "low", "high"))
        )
    members = tuple(
        numpy_model(
            network["layer_sizes"], network["activation"], network["output"], weights, None
        )
        for weights in tensors["members"]
    )
    return NumpyTable(
        encoder_from_dict(meaning["encoder"]), members,
        None if classes is None else np.asarray(classes), scaling, float(meaning["temperature"]),
        float(meaning.get("threshold", 0.5)), tuple(meaning.get("quantiles", ())),
    )
