"""Products of a layer that the training step calls instead of BLAS.

Such products keep their operands in forms of their own (:mod:`fastavg.kernels.vectorized`).
Whoever changes weights outside of the training step calls :func:`pack_weights` before the
next one; the step itself packs the weights that it has updated.
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.layout import FAN_IN, PRODUCTS_AT, TURNED, W_AT

# What is asked of the products of a layer:
#   FORWARD         target (rows x outputs) <- source (rows x inputs) W; first is the address of
#                   all weights
#   TAKE_ERROR      keep source (rows x outputs) for the next two
#   BACKWARD        target (rows x inputs) <- the error that was taken, times W'; first likewise,
#                   stop is the address of the inputs
#   GRADIENT        target (rows first to stop of W) <- scale * inputs' error; source is the
#                   error, or the inputs where blocks are turned
#   PACK_WEIGHTS    rows first to stop of W, which begins at source, have changed
# And of products of turned blocks (TURNED in the layer table), whose weights are never packed:
#   GATHER          target <- the batch's rows of source, turned; first is the address of their
#                   numbers, stop the distance of the rows of source in bytes
#   FORWARD         adds biases and activates, too
#   BACKWARD        takes the derivative of the layer before, too
#   BIAS_GRADIENT   target (outputs) <- scale * the sum of the error's rows
# A layer of factors (factor_products) is asked for FORWARD, BACKWARD and BIAS_GRADIENT, likewise.
# And of those that walk through a full batch piece by piece (full_batch):
#   BACKWARD        target (rows x inputs) <- source (rows x outputs) times W', which is at the
#                   address first
#   ADD_GRADIENT    target (W) grows by scale * inputs' source; first is the address of the inputs
FORWARD, TAKE_ERROR, BACKWARD, GRADIENT, PACK_WEIGHTS, GATHER, BIAS_GRADIENT = range(7)
ADD_GRADIENT = 7
# Weights whose gradient is made and used before the next ones: in rows of 16, and so many
# that they stay in the first-level cache, unless a layer is so wide that they cannot.
STEP_ROWS, MOST_ROWS, CACHED = 16, 48, 6144


@kernel
def pack_weights(layers, theta):
    """Let called products know that weights have changed.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    """
    one = theta.dtype.type(1)
    for layer in layers:
        if layer[PRODUCTS_AT] and not layer[TURNED]:
            w = theta[layer[W_AT] :]
            call(layer[PRODUCTS_AT], (PACK_WEIGHTS, layer, 0, 0, layer[FAN_IN], one, w, w))


@kernel
def rows_at_once(w_ld):
    """How many rows of the weights are updated at once.

    Parameters
    ----------
    w_ld : int
        Distance of two rows of the weights, in numbers.

    Returns
    -------
    int
        A multiple of ``STEP_ROWS``; ``MOST_ROWS`` at most.
    """
    rows = CACHED // w_ld // STEP_ROWS * STEP_ROWS
    return rows if STEP_ROWS <= rows < MOST_ROWS else MOST_ROWS
