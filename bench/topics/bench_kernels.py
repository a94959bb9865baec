"""Kernels by themselves: the products of (c), cut as training cuts them; prediction."""

from __future__ import annotations

import time

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

import fastavg
from bench.interleaved import alternate
from bench.workloads import WORKLOADS
from fastavg.kernels.blas.gemm import _gemm
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.layout import stride
from fastavg.kernels.numerics.product import TILE, product
from fastavg.networks.aligned import aligned

# Name, transposed left, transposed right, rows, columns, depth.
PRODUCTS = (
    ("forward", False, False, 128, 256, 784),
    ("weight gradient", True, False, 784, 256, 128),
    ("error handed back", False, True, 128, 256, 128),
    ("narrow output", False, False, 128, 10, 128),
)
CALLS = 50


@kernel
def _whole(calls, ta, tb, m, n, k, a, lda, b, ldb, c, ldc):
    one, zero = c.dtype.type(1), c.dtype.type(0)
    for _ in range(calls):
        _gemm(ta, tb, m, n, k, one, a, lda, b, ldb, zero, c, ldc)


@kernel
def _cut(calls, ta, tb, m, n, k, a, lda, b, ldb, c, ldc, tile):
    one, zero = c.dtype.type(1), c.dtype.type(0)
    for _ in range(calls):
        product(ta, tb, m, n, k, one, a, lda, b, ldb, zero, c, ldc, tile)


def _laid_out(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """A matrix as layers lie: its rows begin at whole lines.  All numbers, and the matrix."""
    numbers = aligned(rows * stride(columns), np.float32)
    return numbers, numbers.reshape(rows, -1)[:, :columns]


@pytest.mark.parametrize("form", PRODUCTS, ids=[form[0] for form in PRODUCTS])
def bench_product(form, benchmark, keep, turns):
    name, ta, tb, m, n, k = form
    random = np.random.default_rng(0)
    a, left = _laid_out(*((k, m) if ta else (m, k)))
    b, right = _laid_out(*((n, k) if tb else (k, n)))
    c, made = _laid_out(m, n)
    for matrix in (left, right):
        matrix[:] = random.standard_normal(matrix.shape, dtype=np.float32)
    lda, ldb, ldc = (matrix.strides[0] // 4 for matrix in (left, right, made))
    given, tile = (CALLS, ta, tb, m, n, k, a, lda, b, ldb, c, ldc), aligned(TILE, np.float32)

    def seconds(function, *arguments) -> float:
        started = time.perf_counter()
        function(*arguments)
        return (time.perf_counter() - started) / CALLS

    whole, cut = (lambda: seconds(_whole, *given)), (lambda: seconds(_cut, *given, tile))
    whole(), cut()
    taken = alternate(benchmark, cut, {"one call": whole}, turns(15), "pieces")
    wanted = (left.T if ta else left) @ (right.T if tb else right)
    assert np.allclose(made, wanted, rtol=1e-3, atol=1e-3)
    keep(f"product {name}", topic="kernels", title=f"{m} x {n} x {k}", flops=2 * m * n * k,
         turns=taken)


def bench_prediction(benchmark, keep, turns, quick):
    work = WORKLOADS["c"].tiny() if quick else WORKLOADS["c"]
    X, y = work.data()
    model = fastavg.Model(work.network, work.network.initial_weights(0), np.arange(10))
    from sklearn.neural_network import MLPClassifier

    theirs = MLPClassifier(work.layer_sizes[1:-1], batch_size=work.batch)
    theirs.partial_fit(X[:200], y[:200], classes=np.arange(10))

    def seconds(predict) -> float:
        started = time.perf_counter()
        with threadpool_limits(1):
            predict(X)
        return time.perf_counter() - started

    seconds(model.predict_proba)
    taken = alternate(
        benchmark, lambda: seconds(model.predict_proba),
        {"scikit-learn": lambda: seconds(theirs.predict_proba)}, turns(7), "fastavg",
    )
    keep("prediction c", topic="kernels", rows=len(X), turns=taken)
