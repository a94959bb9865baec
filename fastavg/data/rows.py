"""The training rows in one shared segment: read by every process, copied by none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.machine.shared_memory import Segment, shared_kind

Array = NDArray[np.floating]
LINE = 64


@dataclass(frozen=True)
class TaskData:
    """The training rows: X (n, features), Y (n, targets), weights (n,) or empty."""

    X: Array
    Y: Array
    weights: Array


class RowsForm(NamedTuple):
    """Shapes and dtype of X, Y and weights, which follow each other in a segment."""

    shapes: tuple[tuple[int, ...], ...]
    dtype: str

    def offsets(self) -> list[int]:
        """Where each array starts, and where the last one ends."""
        at = [0]
        for shape in self.shapes:
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize
            at.append(at[-1] + -(-size // LINE) * LINE)
        return at

    def views(self, segment: Segment) -> list[NDArray[np.floating]]:
        """The arrays, in whichever process."""
        return [
            segment.array(at, shape, self.dtype)
            for at, shape in zip(self.offsets()[:-1], self.shapes, strict=True)
        ]


def share(data: TaskData) -> tuple[Segment, RowsForm]:
    """A segment that holds a copy of the rows, and how to find them in it."""
    arrays = (data.X, data.Y, data.weights)
    form = RowsForm(tuple(array.shape for array in arrays), data.X.dtype.str)
    segment = Segment.create(form.offsets()[-1], shared_kind())
    for view, array in zip(form.views(segment), arrays, strict=True):
        view[...] = array
    return segment, form
