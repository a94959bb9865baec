"""The labels and the range of targets that are seen block by block, on several ranks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import gather_values
from fastavg.data.checks import check_finite
from fastavg.data.preprocessing.column_statistics import Range, no_range, range_of_all, widened
from fastavg.data.target_kind import FEW_CLASSES, KINDS, MANY_CLASSES, ROWS_OF_A_CLASS
from fastavg.errors import ConfigError, DataError

# Different values beyond which they are numbers, or no sensible classes.
MOST_LABELS = 10_000


class TargetSurvey:
    """What the targets of some rows are: text or numbers, whole or not, and how many values.

    Attributes
    ----------
    text : bool
        True if they are text.
    whole : bool
        True if all numbers are whole.
    outputs : int
        Numbers of each row; 0 before any row was seen.
    members : dict
        How often each value occurs; empty where there are more than ``MOST_LABELS`` of them.
    many : bool
        True if there are.
    extent : Range or None
        The range of numbers.
    """

    def __init__(self) -> None:
        self.text, self.whole, self.many, self.outputs = False, True, False, 0
        self.members: dict[Any, int] = {}
        self.extent: Range | None = None

    def add(self, y: NDArray[Any] | None) -> None:
        """Look at some more targets.

        Parameters
        ----------
        y : array (n_rows,) or (n_rows, n_outputs)
            Text, truth values or numbers.

        Raises
        ------
        DataError
            If they hold something else, or a number is not finite.
        """
        assert y is not None
        if y.dtype.kind not in "fiubU":
            raise DataError(f"y holds {y.dtype} values; text or numbers are what fastavg takes")
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        self.text = y.dtype.kind == "U"
        self.outputs = 1 if y.ndim == 1 else y.shape[1]
        if not self.text:
            numbers = y.reshape(len(y), -1)
            check_finite(numbers, "y")
            self.extent = widened(self.extent or no_range(self.outputs), numbers)
            if y.dtype.kind == "f":
                self.whole = self.whole and bool((y == np.rint(y)).all())
        if self.outputs > 1 or self.many:
            return
        for label, count in zip(*np.unique(y, return_counts=True), strict=True):
            value = label.item()
            self.members[value] = self.members.get(value, 0) + int(count)
        if len(self.members) > MOST_LABELS:
            self.many, self.members = True, {}


class Found(NamedTuple):
    """What the targets of all ranks are.

    Parameters
    ----------
    classes : array (n_classes,), optional
        The labels, in ascending order; None for numbers.
    members : array (n_classes,) of int64, optional
        How often each occurs.
    extent : Range, optional
        The range of numbers; None for text.
    """

    classes: NDArray[Any] | None
    members: NDArray[np.int64] | None
    extent: Range | None


def survey_of_all(
    own: TargetSurvey, asked: str, n_rows: int, ranks: Communicator
) -> Found:
    """The kind of the target, by the same rules as for rows at one place; a collective.

    Parameters
    ----------
    own : TargetSurvey
        Of this rank's rows.
    asked : str
        ``class``, ``number``, or ``auto`` to find out.
    n_rows : int
        Rows of all ranks.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    ConfigError
        If the kind is unknown.
    DataError
        If the target cannot be of the kind that was asked for, or ranks have other kinds of it.
    """
    if asked not in KINDS:
        raise ConfigError(f"kind {asked!r} is unknown; choose {', '.join(KINDS)}")
    note = [own.text, own.whole, own.many, own.outputs, list(own.members.items())]
    seen = [note for note in gather_values(note, ranks) if note[3]]
    text, outputs = seen[0][0], seen[0][3]
    if any(note[0] != text or note[3] != outputs for note in seen):
        raise DataError(
            "the target holds text in some parts and numbers in others, or other numbers of "
            "outputs; all parts need the same"
        )
    extent = None if text else range_of_all(own.extent or no_range(outputs), ranks)
    whole, many = all(note[1] for note in seen), any(note[2] for note in seen)
    members: dict[Any, int] = {}
    for note in seen:
        for label, count in note[4]:
            value = int(label) if whole and not text and not isinstance(label, bool) else label
            members[value] = members.get(value, 0) + count
    many = many or len(members) > MOST_LABELS
    number = asked == "number" or (asked == "auto" and not text and (
        outputs > 1 or many or not whole or _counts(list(members), n_rows)
    ))
    if number:
        if text:
            raise DataError(
                "kind is number, and the target holds text; every value must be a number, or kind "
                "must be class"
            )
        return Found(None, None, extent)
    if outputs > 1 or many:
        what = f"{outputs} columns" if outputs > 1 else f"more than {MOST_LABELS} different values"
        raise DataError(f"the target has {what}; classes are one label a row, and fewer")
    classes = np.array(sorted(members))
    if len(classes) < 2:
        raise DataError(f"y holds 1 class, {classes[0]}; a classifier needs 2 or more")
    return Found(classes, np.array([members[label.item()] for label in classes]), extent)


def _counts(values: list[Any], n_rows: int) -> bool:
    # As fastavg.data.target_kind.counts, of values that were counted already.
    if len(values) <= FEW_CLASSES or isinstance(values[0], bool):
        return False
    gaps = int(max(values)) - int(min(values)) + 1 > 2 * len(values)
    return n_rows < ROWS_OF_A_CLASS * len(values) or (len(values) > MANY_CLASSES and gaps)


def labels_of(y: NDArray[Any], classes: NDArray[Any]) -> NDArray[Any]:
    """Labels in the type of the classes.

    Parameters
    ----------
    y : array (n_rows,) or (n_rows, 1)
        Labels as they came.
    classes : array (n_classes,)
        All that there are.

    Raises
    ------
    DataError
        If one is no class.

    Examples
    --------
    >>> labels_of(np.array([1.0, 0.0]), np.array([0, 1]))
    array([1, 0])
    """
    y = y[:, 0] if y.ndim == 2 else y
    labels = y if y.dtype.kind == classes.dtype.kind else y.astype(classes.dtype)
    places = np.minimum(np.searchsorted(classes, labels), len(classes) - 1)
    wrong = np.flatnonzero(classes[places] != labels)
    if len(wrong):
        raise DataError(f"y holds the label {y[wrong[0]]}, which no row had before")
    return labels
