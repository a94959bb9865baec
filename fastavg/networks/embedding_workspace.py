"""The private memory of whoever trains a network of several submodels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import Samples
from fastavg.losses import Loss
from fastavg.networks.aligned import aligned
from fastavg.networks.embedding_network import EmbeddingNetwork
from fastavg.networks.workspace import Workspace


class EmbeddingWorkspace(Workspace):
    """A workspace whose batches hold their rows once for each submodel.

    Parameters
    ----------
    network : EmbeddingNetwork
        The network.
    rows : int
        The most rows of one batch, each counted once.
    dtype : dtype
        float32 or float64.
    n_vectors : int, default 0
        Vectors of solver state, each as long as the weights.
    loss : Loss, optional
        What training makes small; the output's own if not given.
    dropped : sequence of float, default ()
        The part of each hidden layer's outputs that training drops.
    """

    # Rows of embeddings are short; gaps between them would be as long as they are.
    packed_layers = 1

    def __init__(
        self, network: EmbeddingNetwork, rows: int, dtype: DTypeLike, n_vectors: int = 0,
        loss: Loss | None = None, dropped: Sequence[float] = (),
    ) -> None:
        from fastavg.kernels.tabular import adapters, heads
        from fastavg.kernels.tabular.embeddings import PIECE_SIZE

        self.n_inputs, self._submodels = network.row_numbers, network.submodels
        super().__init__(
            network, rows * network.submodels, dtype, n_vectors, loss, dropped=dropped
        )
        first, last, blocks = self.layers[0], self.layers[-1], self.scratch.blocks
        pieces, width = np.ascontiguousarray(network.pieces), int(first[layout.OUT_LD])
        # One more than the inputs of a piece.
        most = int(pieces[:, PIECE_SIZE].max()) + 1
        # The table knows addresses; who they belong to has to live as long.
        self._memory = (
            pieces, aligned(rows * width, dtype), aligned(rows * width, dtype),
            aligned(int(first[layout.FAN_IN] * first[layout.FAN_OUT]), dtype),
            aligned(most * network.embedding, dtype),
        )
        _, embedded, errors, sums, bins = (each.ctypes.data for each in self._memory)
        for table in (self.layers, self.back):
            first, last = table[0], table[-1]
            first[layout.PRODUCTS_AT] = adapters.STAGE.address(dtype)
            first[adapters.PIECES_AT], first[adapters.N_PIECES] = pieces.ctypes.data, len(pieces)
            first[adapters.INPUTS_AT] = blocks[first[layout.IN_AT] :].ctypes.data
            first[adapters.WEIGHTS_AT] = self.theta[first[layout.W_AT] :].ctypes.data
            first[adapters.SUBMODELS], first[adapters.BLOCKS] = network.submodels, network.blocks
            first[adapters.ADAPTERS] = network.adapters
            first[adapters.EMBEDDED_AT], first[adapters.ERRORS_AT] = embedded, errors
            first[adapters.SUMS_AT], first[adapters.BINS_AT] = sums, bins
            first[adapters.MOST_BINS] = most
            last[layout.PRODUCTS_AT] = heads.STAGE.address(dtype)
            last[heads.INPUTS_AT] = blocks[last[layout.IN_AT] :].ctypes.data
            last[heads.WEIGHTS_AT] = self.theta[last[layout.W_AT] :].ctypes.data
            last[heads.SUBMODELS] = network.submodels

    def look_up(self, lookups: NDArray[np.int64]) -> None:
        """Nothing: the network knows how compact rows stand for its inputs.

        Parameters
        ----------
        lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
            Those of its rows.
        """

    def repeated(
        self, data: Samples, steps: NDArray[np.int64]
    ) -> tuple[Samples, NDArray[np.int64]]:
        """Batches that hold their rows once for each submodel; see :meth:`Workspace.repeated`."""
        times = self._submodels
        if times == 1:
            return data, steps
        parts = [
            np.tile(data.order[start : start + rows], times) for start, rows in steps.tolist()
        ]
        made = steps * times
        made[:, 0] = np.cumsum(made[:, 1]) - made[:, 1]
        return data._replace(order=np.concatenate([data.order[:0], *parts])), made
