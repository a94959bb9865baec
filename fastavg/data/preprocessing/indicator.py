"""Whether a number is missing, as an input of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.contract import Graph
from fastavg.kernels.tabular.compact_rows import PLAIN


@dataclass(frozen=True)
class MissingIndicator:
    """1 where a number is missing, else 0.

    >>> MissingIndicator().apply(np.array([2.0, np.nan])).ravel()
    array([0., 1.])
    """

    kind: ClassVar[int] = PLAIN

    @property
    def width(self) -> int:
        """One input."""
        return 1

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The indicator; see :meth:`Transform.apply`."""
        return np.asarray(np.isnan(values)[:, None], np.float64)

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """Compact, compiled; see :meth:`Transform.write`."""
        from fastavg.kernels.tabular.encode import encode_missing

        encode_missing(values, out, at)

    def onnx(self, to: Graph, column: str) -> str:
        """IsNaN; see :meth:`Transform.onnx`."""
        missing = to.node("IsNaN", column)
        return to.node("Where", missing, to.constant(np.array(1.0)), to.constant(np.array(0.0)))
