"""A model: a network with its weights, and what the numbers mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.checks import as_table, check_features
from fastavg.data.names import by_name
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.data.sparse_rows import is_sparse
from fastavg.errors import ConfigError, FileDamaged
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.first_use import prepare_kernels
from fastavg.models.few_rows import FEW_ROWS, FewRows
from fastavg.models.model_file import ModelParts, model_parts, pack_model, write_model
from fastavg.models.network_answers import NetworkAnswers
from fastavg.models.sparse_prediction import predict_in_blocks, predict_sparse, thin_rows
from fastavg.models.tensor_file import Tensors
from fastavg.networks.custom import CustomActivation
from fastavg.networks.network import OUTPUTS, Network
from fastavg.networks.workspace import Workspace

ROWS = 256
# Where a model keeps the buffers of its last small prediction.
BUFFERS = "_buffers"


@dataclass(frozen=True, eq=False)
class Model(NetworkAnswers):
    """A trained network that predicts.

    Parameters
    ----------
    network : Network
        Layer sizes, activations and output.
    weights : array (n_weights,) of float32 or float64
        The flat weight vector.
    classes : array (n_classes,), optional
        The label of each output unit, or of 0 and 1 if there is one unit.
    feature_names : tuple of str, optional
        The columns of X.
    scaling : Scaling, optional
        Applied to X before the network.

    Raises
    ------
    ConfigError
        If the parts do not fit each other.

    Examples
    --------
    >>> network = Network((2, 2))
    >>> model = Model(network, np.array([1, 0, 0, 1, 0, 0], "f4"), np.array(["a", "b"]))
    >>> model.predict([[3, 1], [0, 2]])
    array(['a', 'b'], dtype='<U1')
    """

    network: Network
    weights: NDArray[np.floating]
    classes: NDArray[Any] | None = None
    feature_names: tuple[str, ...] | None = None
    scaling: Scaling | None = None

    def __post_init__(self) -> None:
        self.network.views(self.weights)
        inputs, outputs = self.network.layer_sizes[0], self.network.layer_sizes[-1]
        for name, size, needed in (
            ("classes", self.classes, max(2, outputs)),
            ("feature names", self.feature_names, inputs),
            ("scaled columns", None if self.scaling is None else self.scaling.shift, inputs),
        ):
            if size is not None and len(size) != needed:
                raise ConfigError(f"{len(size)} {name} were given; this network has {needed}")

    def save(self, path: str | Path) -> None:
        """Write the model to one ``.safetensors`` file, whole or not at all.

        Parameters
        ----------
        path : str or path
            The file; an existing one is replaced in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        write_model(self._parts(), path)

    def to_bytes(self) -> bytes:
        """The content of the file that :meth:`save` writes."""
        return pack_model(self._parts())

    def _parts(self) -> ModelParts:
        return ModelParts(
            self.network, self.weights, self.classes, self.feature_names, self.scaling
        )

    def __getstate__(self) -> dict[str, Any]:
        # Buffers of predictions are no part of the model.
        return {name: value for name, value in vars(self).items() if name != BUFFERS}

    def _forward(self, X: Any, output: str) -> NDArray[np.floating]:
        if is_sparse(X) and 0 not in X.shape:
            rows = thin_rows(X, self.scaling, self.network, self.weights.dtype)
            if rows is None:
                return predict_in_blocks(X, lambda block: self._forward(block, output))
            return predict_sparse(self.network, self.weights, rows, OUTPUTS[output])
        if type(X) is not np.ndarray or X.dtype.names:
            X = by_name(X, self.feature_names)
        given = as_table(X)
        if len(given) <= FEW_ROWS:
            return self._forward_few(given, output)
        return self._forward_blocks(given, output)

    def _forward_few(self, given: NDArray[Any], output: str) -> NDArray[np.floating]:
        # Popped, not read: of two threads at the same time only one finds them.
        buffers = self.__dict__.pop(BUFFERS, None)
        if buffers is None or len(given) > buffers.rows:
            buffers = FewRows(self.network, self.weights, len(given))
        numbers = buffers.numbers(given) if self.scaling is None else None
        if numbers is None:
            numbers = self._block(given, 0)
        found: NDArray[np.floating] = buffers.predict(numbers, OUTPUTS[output])
        if buffers.small:
            self.__dict__[BUFFERS] = buffers
        return found

    def _forward_blocks(self, given: NDArray[Any], output: str) -> NDArray[np.floating]:
        from fastavg.kernels.network.dense import predict_rows
        from fastavg.kernels.network.packing import repack

        dtype = self.weights.dtype
        prepare_kernels(dtype.name, ("prediction",))
        space = Workspace(self.network, min(ROWS, len(given)), dtype, training=False)
        out = np.empty((len(given), self.network.layer_sizes[-1]), dtype)
        weights = np.require(self.weights, requirements=["C", "W"])
        with one_blas_thread():
            repack(space.dense, weights, space.layers, space.theta)
            for start in range(0, len(given), ROWS):
                block = self._block(given[start : start + ROWS], start)
                predict_rows(
                    space.layers, OUTPUTS[output], space.theta, space.scratch.blocks,
                    space.scratch.tile, block, 0, len(block), out[start : start + ROWS],
                )
        return out

    def _block(self, rows: NDArray[Any], first_row: int) -> NDArray[np.floating]:
        dtype, columns = self.weights.dtype, self.network.layer_sizes[0]
        if self.scaling is None:
            return check_features(rows.copy(), dtype, columns, first_row)
        exact = check_features(rows, np.float64, columns, first_row)
        return self.scaling.apply(exact, dtype)


def model_of(
    tensors: Tensors, meaning: dict[str, Any], path: str | Path,
    custom: Sequence[CustomActivation] = (),
) -> Model:
    """The model that the content of a model file stands for; see :func:`fastavg.load`.

    Parameters
    ----------
    tensors, meaning
        The content, as :func:`fastavg.models.tensor_file.read` has it.
    path : str or path
        The file, for messages.
    custom : sequence of CustomActivation, default ()
        The custom activations that the model was trained with.

    Raises
    ------
    DataError
        If the file was written by a newer fastavg, or names a custom activation that was not
        given.
    FileDamaged
        If the content is no model.
    """
    parts = model_parts(tensors, meaning, path, custom)
    try:
        return Model(*parts)
    except ConfigError as error:
        raise FileDamaged(f"{path} holds no model: {error}") from None
