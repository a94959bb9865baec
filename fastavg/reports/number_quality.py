"""How good predictions of numbers are: errors, and where they are large."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

SHOWN, PARTS = 1500, 10


def number_quality(y: NDArray[np.floating], predicted: NDArray[np.floating]) -> dict[str, Any]:
    """Errors in plain values.

    Parameters
    ----------
    y : array (n_rows,)
        The truth.
    predicted : array (n_rows,)
        The predictions.

    Returns
    -------
    dict
        ``median_error``, ``bias``, ``shown`` (truth and prediction of at most 1,500 rows, evenly
        spread over the file), and ``tenths``: of each tenth of the predictions, from the
        lowest, the mean prediction, the mean truth, the RMSE and the rows.

    Examples
    --------
    >>> number_quality(np.array([1.0, 2.0]), np.array([1.5, 2.5]))["bias"]
    0.5
    """
    error = predicted - y
    step = max(1, -(-len(y) // SHOWN))
    order = np.argsort(predicted, kind="stable")
    parts = [part for part in np.array_split(order, min(PARTS, len(y))) if len(part)]
    return {
        "median_error": float(np.median(np.abs(error))), "bias": float(error.mean()),
        "shown": {"true": y[::step].tolist(), "predicted": predicted[::step].tolist()},
        "tenths": [
            {
                "predicted": float(predicted[part].mean()), "true": float(y[part].mean()),
                "rmse": float(np.sqrt((error[part] ** 2).mean())), "rows": len(part),
            }
            for part in parts
        ],
    }
