"""Prediction of sparse rows: by sparse products, or made dense a few at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.scaling import Scaling
from fastavg.data.sparse_rows import SparseRows, check_sparse, is_thin
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.first_use import prepare_kernels
from fastavg.networks.network import Network

ROWS = 256
# Rows that are made dense at once: so many, or so many numbers.
DENSE_ROWS, DENSE_NUMBERS = 4096, 1 << 24


def thin_rows(
    X: Any, scaling: Scaling | None, network: Network, dtype: np.dtype[Any]
) -> SparseRows | None:
    """Rows that a network can take as they are, scaled; None if they have to be made dense.

    Parameters
    ----------
    X : SparseRows, or scipy sparse array or matrix (n_rows, n_features)
        Finite numbers.
    scaling : Scaling, optional
        Of the model.  One that moves zeros needs dense rows.
    network : Network
        The network.
    dtype : dtype
        Of its weights.

    Raises
    ------
    DataError
        If X is not a matrix of finite numbers with the network's columns.
    """
    if scaling is not None and not scaling.keeps_zeros:
        return None
    if isinstance(X, SparseRows):
        rows = X
    elif is_thin(X):
        kind = dtype if scaling is None else np.float64
        rows = check_sparse(X, kind, network.layer_sizes[0])
    else:
        return None
    if scaling is not None:
        return scaling.apply_sparse(rows, dtype)
    return rows if rows.dtype == dtype else rows.scaled(1.0, dtype)


def predict_sparse(
    network: Network, weights: NDArray[np.floating], rows: SparseRows, output: int
) -> NDArray[np.floating]:
    """The network's answers for sparse rows.

    Parameters
    ----------
    network : Network
        The network.
    weights : array (n_weights,) of float32 or float64
        Its weights.
    rows : SparseRows (n_rows, n_features)
        In the dtype of the weights.
    output : int
        Code of the output function.

    Returns
    -------
    array (n_rows, n_outputs)
        In the dtype of the weights.
    """
    from fastavg.kernels.network.dense import predict_rows
    from fastavg.kernels.network.packing import repack
    from fastavg.networks.sparse_workspace import SparseWorkspace

    prepare_kernels(weights.dtype.name, ("prediction",))
    space = SparseWorkspace(rows, network, min(ROWS, len(rows)), training=False)
    out = np.empty((len(rows), network.layer_sizes[-1]), weights.dtype)
    inputs = space.inputs_of(rows)
    with one_blas_thread():
        repack(
            space.dense, np.require(weights, requirements=["C", "W"]), space.layers, space.theta
        )
        for start in range(0, len(rows), ROWS):
            predict_rows(
                space.layers, output, space.theta, space.scratch.blocks, space.scratch.tile,
                inputs, start, min(ROWS, len(rows) - start), out,
            )
    return out


def predict_in_blocks(
    X: Any, predict: Callable[[NDArray[Any]], NDArray[np.floating]]
) -> NDArray[np.floating]:
    """Answers for sparse rows that are made dense a few at a time.

    Parameters
    ----------
    X : SparseRows, or scipy sparse array or matrix (n_rows, n_features)
        One row or more.
    predict : callable
        Takes some dense rows, and gives (n_rows, n_outputs).
    """
    rows = X if isinstance(X, SparseRows) else X.tocsr()
    step = max(ROWS, min(DENSE_ROWS, DENSE_NUMBERS // rows.shape[1]))
    return np.concatenate([
        predict(rows[at : at + step].toarray()) for at in range(0, rows.shape[0], step)
    ])
