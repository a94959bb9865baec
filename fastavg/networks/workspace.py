"""The private memory of whoever trains or predicts: layouts, weights and scratch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import Samples, Scratch, lined, stride
from fastavg.losses import Loss, own_loss
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from fastavg.networks.aligned import aligned
from fastavg.networks.bfloat16_operands import add_operands
from fastavg.networks.lookup_operands import LookupOperands, add_lookups
from fastavg.networks.network import OUTPUTS, Activation, Network
from fastavg.networks.parametric_activations import base_of, is_parametric
from fastavg.networks.vector_operands import add_vector_operands, gains_by_vectors


def _ones(size: int, dtype: DTypeLike) -> NDArray[np.floating]:
    ones = aligned(size, dtype)
    ones[:] = 1
    return ones


def dense_table(network: Network) -> NDArray[np.int64]:
    """The kernels' table for the public vector: rows side by side, no gaps.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    array (n_layers, COLUMNS) of int64
        See :mod:`fastavg.kernels.network.layout`.
    """
    return _table(network, 0, wide=False)


def wide_table(network: Network) -> NDArray[np.int64]:
    """The kernels' table for a worker's own weights, whose rows may be wider; without blocks.

    Parameters
    ----------
    network : Network
        The network.

    Returns
    -------
    array (n_layers, COLUMNS) of int64
        See :mod:`fastavg.kernels.network.layout`.
    """
    return _table(network, 0, wide=True)


def _table(
    network: Network, rows: int, wide: bool, inputs: int | None = None, packed: int = 0
) -> NDArray[np.int64]:
    rows_of = _rows_of(network)
    table = np.zeros((len(rows_of), layout.COLUMNS), np.int64)
    in_at, in_ld = 0, stride(network.layer_sizes[0] if inputs is None else inputs)
    weight_at, block_at = 0, rows * in_ld
    for index, (row, (fan_in, fan_out, units, activation)) in enumerate(
        zip(table, rows_of, strict=True)
    ):
        padded = wide and index >= packed
        ld = stride(fan_out) if padded else fan_out
        bias_at = weight_at + fan_in * ld
        out_ld = stride(units)
        row[: layout.PRODUCTS_AT] = (
            fan_in, fan_out, _width(fan_out) if padded else fan_out,
            _code(activation),
            weight_at, ld, bias_at,
            in_at, in_ld, block_at, out_ld,
            block_at, 0,
        )
        weight_at = lined(bias_at + fan_out) if wide else bias_at + fan_out
        in_at, in_ld = block_at, out_ld
        block_at += rows * out_ld
    return table


def _rows_of(network: Network) -> list[tuple[int, int, int, Activation]]:
    """Rows and columns of the weights, units and activation of each row of the table."""
    found: list[tuple[int, int, int, Activation]] = []
    for shape, units, activation in zip(
        network.shapes, network.layer_sizes[1:], network.activations, strict=True
    ):
        if is_parametric(activation):
            # Without weights, and the factors are its biases.
            found += [(*shape, units, "identity"), (0, units, units, activation)]
        else:
            found.append((*shape, units, activation))
    return found


def _code(activation: Activation) -> int:
    if is_parametric(activation):
        # Its products have activated already.
        return ACTIVATIONS["identity"].code
    return ACTIVATIONS[activation].code if isinstance(activation, str) else CALLED


def wide_size(network: Network) -> int:
    """Numbers of a vector in the layout of whoever trains, whose rows may be wider.

    Parameters
    ----------
    network : Network
        The network.
    """
    return _wide_size(_table(network, 0, wide=True))


def _wide_size(table: NDArray[np.int64]) -> int:
    last = table[-1]
    return int(lined(last[layout.B_AT] + last[layout.FAN_OUT]))


def prediction_table(network: Network, rows: int, dtype: DTypeLike) -> NDArray[np.int64]:
    """The kernels' table for a few rows' prediction straight from the public vector.

    Parameters
    ----------
    network : Network
        The network.
    rows : int
        The most rows of a call.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    array (n_layers, COLUMNS) of int64
        See :mod:`fastavg.kernels.network.layout`.
    """
    table = _table(network, rows, wide=False)
    _call_activations(table, network, dtype)
    return table


def _call_activations(table: NDArray[np.int64], network: Network, dtype: DTypeLike) -> None:
    for row, (*_, activation) in zip(table, _rows_of(network), strict=True):
        if row[layout.ACTIVATION] == CALLED:
            row[layout.CALLED_AT] = activation_address(activation, dtype)
        elif is_parametric(activation):
            from fastavg.kernels.network import factor_products

            row[layout.CALLED_AT] = activation_address(base_of(activation), dtype)
            row[layout.PRODUCTS_AT], row[layout.TURNED] = factor_products.STAGE.address(dtype), 1


def _keep_factors(
    tables: Sequence[NDArray[np.int64]], network: Network, rows: int, dtype: DTypeLike
) -> list[NDArray[np.floating]]:
    """Memory for what errors meet at layers of factors; whom the tables' addresses belong to."""
    from fastavg.kernels.network.factor_products import DIFFERENCES_AT, SLOPES_AT

    memory = []
    for index, (*_, activation) in enumerate(_rows_of(network)):
        if is_parametric(activation):
            own = [aligned(rows * int(tables[0][index, layout.OUT_LD]), dtype) for _ in range(2)]
            for table in tables:
                table[index, [DIFFERENCES_AT, SLOPES_AT]] = [each.ctypes.data for each in own]
            memory += own
    return memory


def _keep_derivatives(table: NDArray[np.int64], rows: int, end: int) -> int:
    """Give layers whose derivatives the forward pass leaves a block for them; the new end."""
    for row in table:
        if row[layout.ACTIVATION] == CALLED:
            row[layout.KEPT_AT] = end
            end += rows * row[layout.OUT_LD]
    return end


def activation_address(activation: Activation, dtype: DTypeLike) -> int:
    """Address of the stage of an activation.

    Parameters
    ----------
    activation : str or CustomActivation
        The activation.
    dtype : dtype
        float32 or float64.
    """
    entry = ACTIVATIONS[activation] if isinstance(activation, str) else activation
    return entry.address(dtype)


def _width(fan_out: int) -> int:
    # A remainder costs about as much as a quarter more columns.
    return lined(fan_out) if lined(fan_out) <= 1.3 * fan_out else fan_out


class Workspace:
    """Everything that a task or a prediction writes to, allocated once.

    Parameters
    ----------
    network : Network
        The network.
    rows : int
        The most rows of one batch.
    dtype : dtype
        float32 or float64.
    n_vectors : int
        Vectors of solver state, each as long as the weights.
    loss : Loss
        What training makes small; the output's own if not given.
    training : bool
        False leaves out what only errors coming back need.
    dropped : sequence of float
        The part of each hidden layer's outputs that training drops.

    Attributes
    ----------
    flops_per_row : int
        Floating-point operations of one training row, about.
    criterion : Loss
        What training makes small.
    """

    # Numbers of a row of the input block; those of the network's first layer if None.
    n_inputs: int | None = None
    # First layers whose weights lie as in the public vector: rows side by side, no gaps.
    packed_layers: int = 0

    def __init__(
        self, network: Network, rows: int, dtype: DTypeLike, n_vectors: int = 0,
        loss: Loss | None = None, training: bool = True, dropped: Sequence[float] = (),
    ) -> None:
        from fastavg.kernels.numerics.product import TILE

        self.network = network
        self.rows = rows
        self.training = training
        # Turned blocks have whole vectors of rows.
        high = lined(rows) if training else rows
        self.flops_per_row = network.flops_per_row
        self.output = OUTPUTS[network.output]
        self.dense = dense_table(network)
        self.layers = _table(
            network, high, wide=True, inputs=self.n_inputs, packed=self.packed_layers
        )
        last = self.layers[-1]
        blocks = int(last[layout.OUT_AT] + high * last[layout.OUT_LD])
        _call_activations(self.layers, network, dtype)
        if training:
            blocks = _keep_derivatives(self.layers, rows, blocks)
            # What errors meet on their way back, if outputs are dropped.
            self.back = self.layers.copy()
            for row, part in zip(self.back, dropped, strict=False):
                if part and row[layout.ACTIVATION] != CALLED:
                    row[layout.ACTIVATION] = CALLED
                    row[layout.KEPT_AT] = blocks
                    blocks += rows * int(row[layout.OUT_LD])
            self.layers[:, layout.KEPT_AT] = self.back[:, layout.KEPT_AT]
            loss = loss or own_loss(network.output)
            self.criterion = loss
            self.loss = loss.code(network.output, dtype)
            settings = loss.settings()
            self._factors = _keep_factors((self.layers, self.back), network, rows, dtype)
        else:
            settings = (0.0,)
        size = _wide_size(self.layers)
        widest = int(self.layers[:, layout.OUT_LD].max())
        self.theta = aligned(size, dtype)
        self.state = aligned(n_vectors * size, dtype).reshape(n_vectors, size)
        self.scratch = Scratch(
            blocks=aligned(blocks, dtype),
            errors=aligned(2 * high * widest, dtype),
            gradient=aligned(size, dtype),
            bias=aligned(widest, dtype),
            ones=_ones(rows, dtype),
            tile=aligned(TILE, dtype),
            columns=aligned(rows * (2 * network.layer_sizes[-1] + 2), dtype),
            figures=np.zeros(2 * rows),
            settings=np.array(settings),
        )
        self._operands: NDArray[np.uint8] | LookupOperands | None = None

    def multiply_in_bfloat16(self) -> None:
        """Let training make the products of all layers in bfloat16; before the first step.

        The weights stay float32.  Whoever changes them between steps calls
        :meth:`pack_weights`.
        """
        from fastavg.kernels.vectorized.bfloat16_layers import STAGE

        self._operands = add_operands(self.layers, self.rows)
        self.layers[:, layout.PRODUCTS_AT] = STAGE.address(self.theta.dtype)
        self.back[:, layout.PRODUCTS_AT :] = self.layers[:, layout.PRODUCTS_AT :]

    def multiply_in_vectors(self) -> None:
        """Let training make products in explicit vectors, if the network gains by it.

        Before the first step; weights may be changed at any time.  The outputs of layers lie in
        blocks of another form then, so nothing but training may use the workspace.
        """
        from fastavg.kernels.vectorized.float_layers import STAGE

        if not gains_by_vectors(self.layers, self.rows, self.theta.itemsize):
            return
        # Nothing is packed: the table alone knows this memory.
        self._vectors = add_vector_operands(self.layers, self.rows, self.theta.dtype)
        self.layers[:, layout.PRODUCTS_AT] = STAGE.address(self.theta.dtype)
        self.back[:, layout.PRODUCTS_AT :] = self.layers[:, layout.PRODUCTS_AT :]

    def look_up(self, lookups: NDArray[np.int64]) -> None:
        """Let the first layer take compact rows; before the first step or prediction.

        Whoever changes the weights between steps, or fills them in, calls
        :meth:`pack_weights`.

        Parameters
        ----------
        lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
            How their numbers stand for inputs (:mod:`fastavg.kernels.tabular.compact_rows`).
        """
        from fastavg.kernels.tabular.lookups import STAGE

        first = self.layers[0]
        self._operands = add_lookups(first, lookups, self.scratch.blocks, self.training)
        first[layout.PRODUCTS_AT] = STAGE.address(self.theta.dtype)
        if self.training:
            self.back[0, layout.PRODUCTS_AT :] = first[layout.PRODUCTS_AT :]
            self.back[0, layout.IN_LD] = first[layout.IN_LD]

    def pack_weights(self) -> None:
        """Let the products know that the weights have changed."""
        if self._operands is not None:
            from fastavg.kernels.network.called_products import pack_weights

            pack_weights(self.layers, self.theta)

    def repeated(
        self, data: Samples, steps: NDArray[np.int64]
    ) -> tuple[Samples, NDArray[np.int64]]:
        """Rows and steps as the kernels take them: as they are.

        Parameters
        ----------
        data : Samples
            Rows and the order of their use.
        steps : array (n_steps, 2) of int64
            Where each batch starts in the order, and how many rows it has.
        """
        return data, steps

    def read_weights_of(self, theta: NDArray[np.floating]) -> None:
        """Let the next products take weights that are not the workspace's own.

        Parameters
        ----------
        theta : array (size,)
            Weights in the layout of ``layers``, such as those that a line search tries.
        """

    def inputs_of(self, X: Any) -> NDArray[np.floating]:
        """What kernels copy into the input block for each row.

        Parameters
        ----------
        X : array or SparseRows (n_rows, n_features)
            Features.
        """
        inputs: NDArray[np.floating] = X
        return inputs
