"""The ceiling: one product of 2048 x 2048 x 2048 in float32.

``one call`` and ``pieces`` go to the BLAS that the kernels use, in one call and as
the kernels cut it; ``numpy`` is ``numpy.dot`` with the BLAS that numpy brings.
"""

from __future__ import annotations

import numpy as np

from bench.workloads import Workload
from fastavg.kernels.blas.gemm import _gemm
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.layout import stride
from fastavg.kernels.numerics.product import TILE, product
from fastavg.networks.aligned import aligned


def versions() -> dict[str, str]:
    import threadpoolctl

    return {f"{pool.get('prefix')} of numpy or scipy": str(pool.get("architecture"))
            for pool in threadpoolctl.threadpool_info() if pool.get("internal_api") == "openblas"}


@kernel
def one_call(n, a, b, c):
    _gemm(False, False, n, n, n, c.dtype.type(1), a, n, b, n, c.dtype.type(0), c, n)


@kernel
def in_pieces(n, ld, a, b, c, tile):
    one, zero = c.dtype.type(1), c.dtype.type(0)
    product(False, False, n, n, n, one, a, ld, b, ld, zero, c, ld, tile)


class Product:
    """``work.rows`` is the size."""

    def __init__(self, work: Workload, option: str, threads: int) -> None:
        n = self._n = work.rows
        # In pieces rows lie as in the kernels' own layout: so far apart, and at whole lines.
        self._ld = stride(n) if option == "pieces" else n
        random = np.random.default_rng(0)
        self._a, self._b, self._c = (
            aligned(n * self._ld, np.float32).reshape(n, self._ld) for _ in "abc"
        )
        for array in (self._a, self._b):
            random.standard_normal(array.shape, dtype=np.float32, out=array)
        self._option, self._tile = option, aligned(TILE, np.float32)

    def epoch(self) -> float:
        a, b, c = (array.reshape(-1) for array in (self._a, self._b, self._c))
        if self._option == "one call":
            one_call(self._n, a, b, c)
        elif self._option == "pieces":
            in_pieces(self._n, self._ld, a, b, c, self._tile)
        else:
            np.dot(self._a, self._b, out=self._c)
        return float(self._c[0, 0])

    def close(self) -> None:
        pass


make = Product
