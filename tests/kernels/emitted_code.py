"""Vector code as functions of arrays."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.emitter import emitted


def on_arrays(write):
    """A compiled function of two arrays and a number, whose code ``write`` emits."""
    inner = emitted(write)

    @kernel(cached=False)
    def outer(source, number, target):
        inner(address_of(source), number, address_of(target))

    return outer
