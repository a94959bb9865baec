"""What every data file becomes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Table:
    """The content of a data file.

    ``X`` is (n_rows, n_features) of any real type; ``y`` is (n_rows,) or (n_rows,
    n_outputs), or None if the file has no target.
    """

    X: NDArray[Any]
    y: NDArray[Any] | None
    feature_names: tuple[str, ...] | None = None
