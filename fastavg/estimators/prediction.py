"""What a fitted estimator does with new rows: check them, and hand them to its model."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from fastavg.errors import DataError
from fastavg.kernels.jit.plain_path import plain_search_path
from fastavg.models.committee import Committee
from fastavg.models.model import Model

FLOATS = (np.dtype(np.float64), np.dtype(np.float32))


class Prediction(BaseEstimator):  # type: ignore[misc]
    """The part of an estimator that predicts.

    Attributes
    ----------
    model_ : Model or Committee
        The fitted network, or networks, without scikit-learn.
    n_features_in_ : int
        Columns of X.
    coefs_ : list of array
        Each layer's matrix of weights, (n_inputs, n_outputs).
    """

    model_: Model | Committee
    n_features_in_: int
    coefs_: list[NDArray[np.floating]]

    def _apply(self, method: str, X: Any) -> NDArray[Any]:
        """A method of the model, for rows of any kind that scikit-learn takes."""
        if self._is_plain(X):
            try:
                return self._of_model(method, X)
            except DataError:
                # scikit-learn's own words, if it refuses these rows too.
                pass
        check_is_fitted(self)
        with plain_search_path():
            rows = validate_data(
                self, X, dtype=[np.float64, np.float32], accept_sparse=["csr", "csc", "coo"],
                reset=False,
            )
        return self._of_model(method, rows)

    def _is_plain(self, X: Any) -> bool:
        # A service asks for one row at a time; a check of everything would take longer
        # than the answer.
        return (
            type(X) is np.ndarray and X.ndim == 2 and X.dtype in FLOATS
            and "model_" in self.__dict__ and "feature_names_in_" not in self.__dict__
            and X.shape[0] > 0 and X.shape[1] == self.n_features_in_
        )

    def _of_model(self, method: str, X: NDArray[Any]) -> NDArray[Any]:
        """The model's answer, in the dtype that scikit-learn would answer in."""
        found: NDArray[Any] = getattr(self.model_, method)(X)
        if found.dtype.kind != "f":
            return found
        dtype = np.result_type(X.dtype, self.coefs_[0].dtype)
        if found.dtype == dtype:
            return found
        wider = found.astype(dtype)
        if method == "predict_proba" and self.model_.target == "class":
            # A sum that is 1 in float32 is not quite 1 in float64.
            wider /= wider.sum(axis=1, keepdims=True)
        return wider
