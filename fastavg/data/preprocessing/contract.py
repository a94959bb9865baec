"""What a transform of a column is."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray


class Graph(Protocol):
    """Somebody who adds to an ONNX graph."""

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; the name of what it gives."""
        ...

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant; its name."""
        ...


class Transform(Protocol):
    """A frozen dataclass that was fitted to a column of the training rows.

    ``values`` is the column: float64 with NaN for missing numbers, or codes of categories
    as int32 with -1 for missing ones.  Its fields are numbers, text, and arrays or tuples
    of these, so that a model file can hold it.
    """

    @property
    def width(self) -> int:
        """How many inputs of the network the column becomes."""
        ...

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The inputs (n_rows, width) in float64, computed by NumPy alone."""
        ...

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """The same, compiled, into columns ``at``, ... of ``out``, which holds zeros."""
        ...

    def onnx(self, to: Graph, column: str) -> str:
        """Add it to a graph; ``column`` is (n_rows, 1), the result (n_rows, width)."""
        ...
