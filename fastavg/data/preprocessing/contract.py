"""What a transform of a column is."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

from numpy.typing import NDArray


class Graph(Protocol):
    """Somebody who adds to an ONNX graph."""

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node.

        Parameters
        ----------
        kind : str
            The ONNX operator, such as ``Add``.
        *inputs : str
            Names of what it takes.
        **attributes : int, float, str, list or array
            The operator's attributes.

        Returns
        -------
        str
            The name of what it gives.
        """
        ...

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant.

        Parameters
        ----------
        value : array
            Of any shape; a dtype that ONNX has.

        Returns
        -------
        str
            Its name.
        """
        ...


class Transform(Protocol):
    """A frozen dataclass that was fitted to a column of the training rows.

    ``values`` is the column: float64 with NaN for missing numbers, or codes of categories
    as int32 with -1 for missing ones.  Its fields are numbers, text, and arrays or tuples
    of these, so that a model file can hold it.

    Attributes
    ----------
    kind : int
        ``PLAIN``, ``LEVEL`` or ``BIN``: what stands for the inputs in a compact row
        (:mod:`fastavg.kernels.tabular.compact_rows`).
    """

    kind: ClassVar[int]

    @property
    def width(self) -> int:
        """How many inputs of the network the column becomes."""
        ...

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The inputs of the network, computed by NumPy alone.

        Parameters
        ----------
        values : array (n_rows,) of float64 or int32
            The column: numbers with NaN for missing, or codes with -1 for missing.

        Returns
        -------
        array (n_rows, width) of float64
            The inputs.
        """
        ...

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """The numbers of a compact row, compiled, into columns of a matrix.

        Parameters
        ----------
        values : array (n_rows,) of float64 or int32
            The column, as for :meth:`apply`.
        out : array (n_rows, n_numbers) of float32 or float64
            As many columns are written to as ``kind`` takes.
        at : int
            The first of these columns.
        """
        ...

    def onnx(self, to: Graph, column: str) -> str:
        """Add the transform to a graph.

        Parameters
        ----------
        to : Graph
            The graph.
        column : str
            Name of the column there: (n_rows, 1), float64 or codes.

        Returns
        -------
        str
            Name of the result there: (n_rows, width), float64.
        """
        ...
