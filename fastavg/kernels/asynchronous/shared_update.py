"""An optimizer's step on weights that other processes change too, for workers with a copy.

.. code-block:: text

    copy      forward and backward products read it
    shared    the step is taken on it, some lines after the other; each is copied at once

So a worker asks for every line of the shared weights once a step, to write it, and not again
for every product that reads it.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.optimizers import HYPER_SIZE, STEP_AT, update
from fastavg.kernels.numerics.addresses import address_of, pointer_like
from fastavg.kernels.numerics.prefetch import prefetch_to_write

# Before the optimizer's own numbers: the kernels' ones, its code, and how far the shared weights
# are from the copy, in bytes.
CODE_AT, DISTANCE_AT, NUMBERS_AT = HYPER_SIZE, HYPER_SIZE + 1, HYPER_SIZE + 2
# Weights at a time: what is asked for while those before are changed.
AT_ONCE = 1024


def numbers_for(
    code: int, hyper: NDArray[np.float64], copy: int, shared: int
) -> NDArray[np.float64]:
    """The numbers of the step on shared weights, for an optimizer's code and numbers.

    Parameters
    ----------
    code : int
        Of the optimizer: a number, or the address of its stage.
    hyper : array of float64
        The optimizer's numbers.
    copy : int
        Address of the worker's copy of the weights.
    shared : int
        Address of the weights that it shares.

    Returns
    -------
    array (hyper.size + NUMBERS_AT,) of float64
        What :data:`STAGE` reads; addresses of processes fit into float64.
    """
    return np.concatenate([hyper[:HYPER_SIZE], [code, shared - copy], hyper])


def _shared_update(hyper, rate, decay, w, n, state, ld, g):
    given = numba.carray(hyper, NUMBERS_AT + HYPER_SIZE)
    code, own = np.int64(given[CODE_AT]), given[NUMBERS_AT:]
    own[STEP_AT] = given[STEP_AT]
    copy, gradient, vectors = numba.carray(w, n), numba.carray(g, n), numba.carray(state, (2, ld))
    place = address_of(w) + np.int64(given[DISTANCE_AT])
    shared = numba.carray(pointer_like(place, w), n)
    prefetch_to_write(shared, 0, min(AT_ONCE, n))
    for start in range(0, n, AT_ONCE):
        stop = min(start + AT_ONCE, n)
        prefetch_to_write(shared, stop, min(AT_ONCE, n - stop))
        part, own_part = shared[start:stop], copy[start:stop]
        update(code, own, rate, decay, part, vectors, start, gradient[start:stop])
        for i in range(part.size):
            own_part[i] = part[i]


STAGE = Stage("update", _shared_update, "shared-update")
