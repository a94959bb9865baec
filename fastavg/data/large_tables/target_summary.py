"""What a large table's targets are: their kind, classes, or mean and deviation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.parts.target_survey import TargetSurvey, labels_of
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.data.table_rows import MOST_CLASSES
from fastavg.errors import DataError


@dataclass(frozen=True, eq=False)
class TargetSummary:
    """What is predicted.

    Parameters
    ----------
    name : str
        The column.
    classes : array (n_classes,) or None
        The labels, in ascending order; None for numbers.
    members : array (n_classes,) of int64 or None
        Training rows of each class.
    scaling : TargetScaling or None
        Of numbers.
    """

    name: str
    classes: NDArray[Any] | None
    members: NDArray[np.int64] | None
    scaling: TargetScaling | None

    @property
    def kind(self) -> str:
        """``class`` or ``number``."""
        return "number" if self.classes is None else "class"

    def of(self, frame: Frame) -> NDArray[Any]:
        """The targets of some rows as they are, classes in the type of the labels.

        Parameters
        ----------
        frame : Frame
            With the column.

        Raises
        ------
        DataError
            If one is missing, or a class that no training row has.
        """
        if self.classes is None:
            return frame.numbers(self.name)
        return labels_of(frame.values(self.name), self.classes)

    def numbers(self, frame: Frame) -> NDArray[np.float64]:
        """The targets of some rows as the network is trained on them, (n_rows, 1).

        Parameters
        ----------
        frame : Frame
            With the column.
        """
        y = self.of(frame)
        if self.classes is not None:
            return np.searchsorted(self.classes, y)[:, None].astype(np.float64)
        assert self.scaling is not None
        return self.scaling.apply(y[:, None])


class TargetSurveyor:
    """Looks at targets block by block.

    Parameters
    ----------
    name : str
        The column.
    kind : str
        ``class``, ``number``, or ``auto`` to find out.
    """

    def __init__(self, name: str, kind: str) -> None:
        self._name, self._kind, self._seen = name, kind, TargetSurvey()
        self._rows, self._mean, self._squares = 0, 0.0, 0.0
        self._source = ""

    def add(self, frame: Frame) -> None:
        """Look at some more rows.

        Parameters
        ----------
        frame : Frame
            With the column.

        Raises
        ------
        DataError
            If a target is missing or not finite.
        """
        self._source = frame.source
        y = frame.values(self._name)
        if y.dtype.kind not in "U":
            numbers = np.asarray(y, np.float64)
            wrong = np.flatnonzero(~np.isfinite(numbers))
            if len(wrong):
                row = int(wrong[0])
                raise DataError(
                    f"{frame.place(row, self._name)} holds {numbers[row]}; every row needs a "
                    "finite number there"
                )
            self._move(numbers)
        self._seen.add(y)

    def summary(self) -> TargetSummary:
        """What the targets of all training rows are.

        Raises
        ------
        DataError
            If they are not what was asked for, or all the same.
        """
        seen, kind = self._seen, self._kind
        if kind == "auto":
            few = not seen.many and len(seen.members) <= MOST_CLASSES
            whole = seen.whole and few
            boolean = any(isinstance(each, bool) for each in seen.members)
            kind = "class" if seen.text or boolean or whole else "number"
        if kind == "number":
            return self._of_numbers()
        if seen.many:
            raise DataError(
                f"{self._source}, column {self._name!r} has more than 10000 different values; "
                "that many are no classes"
            )
        as_whole = seen.whole and not seen.text and not any(
            isinstance(each, bool) for each in seen.members
        )
        members = {
            int(label) if as_whole else label: count for label, count in seen.members.items()
        }
        classes = np.array(sorted(members))
        self._check_two(len(classes), classes[0])
        counts = np.array([members[label] for label in classes.tolist()], np.int64)
        return TargetSummary(self._name, classes, counts, None)

    def _of_numbers(self) -> TargetSummary:
        extent = self._seen.extent
        if self._seen.text or extent is None:
            raise DataError(
                f"{self._source}, column {self._name!r} holds text; every value must be a number"
            )
        self._check_two(1 + int(extent.low[0] < extent.high[0]), extent.low[0])
        spread = float(np.sqrt(self._squares / self._rows))
        return TargetSummary(self._name, None, None, TargetScaling(
            np.array([self._mean]), np.array([spread or 1.0]), extent.low, extent.high
        ))

    def _check_two(self, values: int, first: Any) -> None:
        if values < 2:
            raise DataError(
                f"{self._source}, column {self._name!r} holds 1 value, {first}; 2 or more are "
                "needed"
            )

    def _move(self, numbers: NDArray[np.float64]) -> None:
        # Mean and squared distances of two sets of rows make those of both (Chan et al. 1983).
        rows = self._rows + len(numbers)
        mean = float(numbers.mean())
        away = mean - self._mean
        self._squares += float(((numbers - mean) ** 2).sum())
        self._squares += away * away * self._rows * len(numbers) / rows
        self._mean += away * len(numbers) / rows
        self._rows = rows
