"""What adds operators to a computation graph, such as an ONNX graph."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

# Element types by the numbers of the ONNX standard.
TENSOR_TYPES = {"f4": 1, "i8": 7, "f8": 11}


class GraphBuilder(Protocol):
    """Adds operators and constants to a graph and returns the names of their results."""

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add an operator.

        Parameters
        ----------
        kind : str
            The ONNX operator, such as ``Tanh``.
        *inputs : str
            Names of its inputs.
        **attributes : object
            Attributes of the operator.

        Returns
        -------
        str
            The name of its result.
        """
        ...

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant.

        Parameters
        ----------
        value : array
            Its value.

        Returns
        -------
        str
            Its name.
        """
        ...


class Numbers:
    """Adds to a graph whose numbers have one dtype.

    Parameters
    ----------
    to : GraphBuilder
        The graph.
    dtype : dtype
        float32 or float64.
    """

    def __init__(self, to: GraphBuilder, dtype: DTypeLike) -> None:
        self.node, self._to = to.node, to
        self.dtype: np.dtype[Any] = np.dtype(dtype)
        self.double = self.dtype == np.float64

    def constant(self, value: Any) -> str:
        """Add a constant of the graph's dtype.

        Parameters
        ----------
        value : number or array
            Its value.
        """
        return self._to.constant(np.asarray(value, self.dtype))

    def labels(self, value: NDArray[Any]) -> str:
        """Add a constant of any other dtype.

        Parameters
        ----------
        value : array
            Its value.
        """
        return self._to.constant(value)

    def with_constant(self, kind: str, z: str, value: Any) -> str:
        """Add an operator on a result and a constant.

        Parameters
        ----------
        kind : str
            The ONNX operator, such as ``Mul``.
        z : str
            Name of its first input.
        value : number or array
            Its second input.
        """
        return self.node(kind, z, self.constant(value))

    def cast(self, z: str, dtype: DTypeLike) -> str:
        """Add a conversion to another dtype.

        Parameters
        ----------
        z : str
            Name of the input.
        dtype : dtype
            float32, float64 or int64.
        """
        return self.node("Cast", z, to=TENSOR_TYPES[np.dtype(dtype).str[1:]])
