"""The first layer of a network with embeddings, and with an adapter for each of its submodels.

A batch holds its rows once for each submodel, one submodel after the other.  Each column of the
table becomes a few numbers, computed once for all submodels; a submodel multiplies them by
numbers of its own.  A single submodel takes them as they are, unless it has an adapter, too.

.. code-block:: text

    rows of the batch --> embeddings --+-- times adapter 1 --> rows of submodel 1
                                       +-- times adapter 2 --> rows of submodel 2
                                       '-- ...

The layer's matrix has a short row for each input of the table, its embedding, and below these
the adapters, a row for each submodel and column (Gorishniy, Kotelnikov and Babenko, "TabM", 2024).
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import FORWARD, GRADIENT, TAKE_ERROR
from fastavg.kernels.network.layout import (
    COLUMNS,
    ERROR,
    ERROR_LD,
    ERROR_PANELS,
    ERROR_PANELS_LD,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    INPUT,
    INPUT_LD,
    OUT_LD,
    TURNED_INPUT,
    TURNED_INPUT_LD,
    TURNED_WEIGHTS,
    TURNED_WEIGHTS_LD,
    WEIGHTS,
    WEIGHTS_LD,
)
from fastavg.kernels.numerics.addresses import pointer_like
from fastavg.kernels.tabular.embeddings import PIECE_COLUMNS, embed, embed_gradient

# Where the layer table holds the addresses of pieces, inputs, weights and working memory; how
# many pieces, blocks, submodels and adapters there are; and the address of the memory for one
# column's bins.
PIECES_AT, N_PIECES, INPUTS_AT, EMBEDDED_AT = INPUT, INPUT_LD, TURNED_INPUT, TURNED_INPUT_LD
WEIGHTS_AT, SUBMODELS, BLOCKS = WEIGHTS, WEIGHTS_LD, TURNED_WEIGHTS
SUMS_AT, ERRORS_AT, BINS_AT, MOST_BINS = TURNED_WEIGHTS_LD, ERROR, ERROR_LD, ERROR_PANELS
ADAPTERS = ERROR_PANELS_LD


@kernel
def adapt(adapters, submodels, n, embedded, rows, outputs, ld):
    """outputs <- the embedded rows, once for each submodel, times its adapter.

    Parameters
    ----------
    adapters : array (submodels * n,) of float32 or float64
        Those of each submodel.
    submodels : int
        How many.
    n : int
        Numbers of an embedded row.
    embedded : array (rows * ld,) like adapters
        The rows.
    rows : int
        How many there are.
    outputs : array (submodels * rows * ld,) like adapters
        Overwritten, but for the gaps between rows.
    ld : int
        Distance of rows.
    """
    for s in range(submodels):
        factors = adapters[s * n : s * n + n]
        for r in range(rows):
            row, at = embedded[r * ld : r * ld + n], (s * rows + r) * ld
            out = outputs[at : at + n]
            for c in range(n):
                out[c] = factors[c] * row[c]


@kernel
def adapt_gradient(adapters, submodels, n, embedded, rows, errors, ld, handed, sums):
    """handed <- errors of the embedded rows; sums <- the gradient of the adapters.

    Parameters
    ----------
    adapters : array (submodels * n,) of float32 or float64
        Those of each submodel.
    submodels : int
        How many.
    n : int
        Numbers of an embedded row.
    embedded : array (rows * ld,) like adapters
        The rows.
    rows : int
        How many there are.
    errors : array (submodels * rows * ld,) like adapters
        Of what :func:`adapt` gave.
    ld : int
        Distance of rows, of all three.
    handed : array (rows * ld,) like adapters
        Overwritten.
    sums : array (submodels * n,) like adapters
        Overwritten.
    """
    zero = adapters.dtype.type(0)
    for i in range(rows * ld):
        handed[i] = zero
    for i in range(submodels * n):
        sums[i] = zero
    for s in range(submodels):
        factors, own = adapters[s * n : s * n + n], sums[s * n : s * n + n]
        for r in range(rows):
            row, back = embedded[r * ld : r * ld + n], handed[r * ld : r * ld + n]
            at = (s * rows + r) * ld
            error = errors[at : at + n]
            for c in range(n):
                back[c] += factors[c] * error[c]
                own[c] += row[c] * error[c]


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    e, ld, in_ld = layer[FAN_OUT], layer[OUT_LD], layer[IN_LD]
    submodels, n = layer[SUBMODELS], layer[BLOCKS] * e
    alone, size = rows // submodels, layer[FAN_IN] * e
    # One for each submodel, or none for a single one.
    adapted = layer[ADAPTERS] > 0
    below = size - layer[ADAPTERS] * n
    sums = numba.carray(pointer_like(layer[SUMS_AT], source), size)
    if product == GRADIENT:
        g, own = numba.carray(target, (stop - first) * e), sums[first * e : stop * e]
        for i in range(g.size):
            g[i] = scale * own[i]
        return
    if product != FORWARD and product != TAKE_ERROR:
        return
    weights = numba.carray(pointer_like(layer[WEIGHTS_AT], source), size)
    pieces = numba.carray(pointer_like(layer[PIECES_AT], table), (layer[N_PIECES], PIECE_COLUMNS))
    inputs = numba.carray(pointer_like(layer[INPUTS_AT], source), alone * in_ld)
    embedded = numba.carray(pointer_like(layer[EMBEDDED_AT], source), alone * ld)
    bins = numba.carray(pointer_like(layer[BINS_AT], source), layer[MOST_BINS] * e)
    adapters = weights[below:]
    if product == FORWARD:
        out = numba.carray(target, rows * ld)
        if not adapted:
            embed(pieces, weights, e, inputs, in_ld, rows, out, ld, n, bins)
            return
        embed(pieces, weights[:below], e, inputs, in_ld, alone, embedded, ld, n, bins)
        adapt(adapters, submodels, n, embedded, alone, out, ld)
        return
    error = numba.carray(source, rows * ld)
    if not adapted:
        embed_gradient(pieces, sums, e, inputs, in_ld, rows, error, ld, bins)
        return
    handed = numba.carray(pointer_like(layer[ERRORS_AT], source), alone * ld)
    adapt_gradient(
        adapters, submodels, n, embedded, alone, error, ld, handed, sums[below:],
    )
    embed_gradient(pieces, sums[:below], e, inputs, in_ld, alone, handed, ld, bins)


STAGE = Stage("products", _products, "adapters")
