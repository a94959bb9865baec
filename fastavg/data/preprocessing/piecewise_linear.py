"""A number as many inputs, each of which grows within one bin of its range.

With edges b_0 < b_1 < ... a number x becomes e_t = clip((x - b_t) / (b_t+1 - b_t), 0, 1),
from -1 to 1 here, so that the first layer is free to be any piecewise linear function of
x (Gorishniy, Rubachev and Babenko, "On embeddings for numerical features in tabular deep
learning", 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.contract import Graph
from fastavg.kernels.tabular.compact_rows import BIN

# Edges of more rows than this are found from every k-th of them.
SAMPLE = 50_000
# A leaf of the tree that finds edges holds so many rows at least, and so large a part.
LEAST_LEAF, LEAF = 20, 0.002
# At most so many different values have an edge each, with so many rows for each in the mean.
MOST_VALUES, ROWS_OF_VALUE = 128, 50


@dataclass(frozen=True, eq=False)
class PiecewiseLinear:
    """A number's place in every bin, from -1 below it to 1 above it; 0 if it is missing.

    Parameters
    ----------
    edges : array (n_bins + 1,) of float64
        Strictly ascending.

    Examples
    --------
    >>> PiecewiseLinear(np.array([0.0, 1.0, 3.0])).apply(np.array([0.5, 2.0, np.nan]))
    array([[ 0., -1.],
           [ 1.,  0.],
           [ 0.,  0.]])
    """

    kind: ClassVar[int] = BIN

    edges: NDArray[np.float64]

    @property
    def width(self) -> int:
        """One input for each bin."""
        return len(self.edges) - 1

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The places in all bins; see :meth:`Transform.apply`."""
        part = np.clip((values[:, None] - self.edges[:-1]) / np.diff(self.edges), 0, 1)
        return np.where(np.isnan(values)[:, None], 0.0, 2 * part - 1)

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """Compact, compiled; see :meth:`Transform.write`."""
        from fastavg.kernels.tabular.encode import encode_bin

        encode_bin(values, self.edges, 1 / np.diff(self.edges), out, at)

    def onnx(self, to: Graph, column: str) -> str:
        """Sub, Mul, Clip and the move to -1 and 1; see :meth:`Transform.onnx`."""
        moved = to.node("Sub", column, to.constant(self.edges[None, :-1]))
        part = to.node("Mul", moved, to.constant(1 / np.diff(self.edges)[None, :]))
        part = to.node("Min", to.node("Max", part, to.constant(np.array(0.0))),
                       to.constant(np.array(1.0)))
        wide = to.node("Sub", to.node("Add", part, part), to.constant(np.array(1.0)))
        return to.node("Where", to.node("IsNaN", column), to.constant(np.array(0.0)), wide)


def fit_piecewise_linear(
    values: NDArray[np.float64], y: NDArray[Any], task: str, tree: int, quantiles: int
) -> PiecewiseLinear | None:
    """Edges where the target changes and where the values are; None for a single bin.

    Where different values are few (at most 128, and 50 rows for each in the mean) every one of
    them is an edge, so that the first layer can give each an answer of its own.

    Parameters
    ----------
    values : array (n_rows,)
        A column of the training rows, NaN for missing.
    y : array (n_rows,)
        Their targets: class numbers or numbers.
    task : str
        ``class`` or ``number``.
    tree : int
        Bins of a shallow tree of the target on this column alone; 0 for none.
    quantiles : int
        Bins with equal numbers of rows; 0 for none.

    Returns
    -------
    PiecewiseLinear or None
        The encoding with at least two bins.

    Examples
    --------
    >>> x = np.arange(100.0)
    >>> fit_piecewise_linear(x, x > 60, "class", 0, 4).edges
    array([ 0.  , 24.75, 49.5 , 74.25, 99.  ])
    """
    known = np.flatnonzero(~np.isnan(values))
    if len(known) > SAMPLE:
        known = known[:: -(-len(known) // SAMPLE)]
    seen, answers = values[known], y[known]
    different = np.unique(seen)
    if len(different) < 3:
        return None
    if len(different) <= min(MOST_VALUES, len(seen) / ROWS_OF_VALUE):
        edges = different
    else:
        found = [different[[0, -1]]]
        if quantiles:
            found.append(np.quantile(seen, np.linspace(0, 1, quantiles + 1)))
        if tree > 1:
            found.append(_cuts(seen, answers, task, tree))
        edges = np.unique(np.concatenate(found))
    # Two edges that a float64 can hardly tell apart would be a bin of infinite slope.
    span = edges[-1] - edges[0]
    edges = edges[np.concatenate([[True], np.diff(edges) > 1e-9 * span])]
    return PiecewiseLinear(edges) if len(edges) > 2 else None


def _cuts(
    seen: NDArray[np.float64], answers: NDArray[Any], task: str, bins: int
) -> NDArray[np.float64]:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    made = DecisionTreeClassifier if task == "class" else DecisionTreeRegressor
    leaf = max(LEAST_LEAF, int(len(seen) * LEAF))
    if len(seen) < 2 * leaf:
        return np.empty(0)
    # The tree works in float32; numbers are moved and stretched so that none overflows.
    center, spread = np.median(seen), np.ptp(seen) or 1.0
    tree = made(max_leaf_nodes=bins, min_samples_leaf=leaf, random_state=0)
    tree.fit(((seen - center) / spread)[:, None], answers)
    cuts: NDArray[np.float64] = tree.tree_.threshold[tree.tree_.feature >= 0]
    return cuts * spread + center
