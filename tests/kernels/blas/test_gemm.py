"""``gemm`` is BLAS's product of row-major matrices, for every transposition and stride."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fastavg.kernels.blas.gemm import SYMBOLS, _gemm
from fastavg.kernels.jit.decorator import kernel


@kernel
def _run(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc):
    _gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)


def stored(rows, columns, transposed, ld, dtype, random):
    """A matrix, and how it lies in memory with rows ``ld`` numbers apart."""
    matrix = random.normal(size=(rows, columns)).astype(dtype)
    lying = matrix.T if transposed else matrix
    memory = np.full((lying.shape[0], ld), 7, dtype)
    memory[:, : lying.shape[1]] = lying
    return matrix, memory.reshape(-1)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (3, 5, 2), (17, 4, 33), (64, 31, 9)])
@pytest.mark.parametrize(("ta", "tb"), list(itertools.product([False, True], repeat=2)))
def test_product(ta, tb, m, n, k, dtype):
    random = np.random.default_rng(m + n)
    left, a = stored(m, k, ta, 70, dtype, random)
    right, b = stored(k, n, tb, 75, dtype, random)
    before, c = stored(m, n, False, 40, dtype, random)
    number = np.dtype(dtype).type
    _run(ta, tb, m, n, k, number(0.5), a, 70, b, 75, number(2), c, 40)
    found = c.reshape(m, 40)
    expected = 0.5 * left.astype(float) @ right.astype(float) + 2 * before.astype(float)
    np.testing.assert_allclose(found[:, :n], expected, rtol=0,
                               atol=1e-4 if dtype == "float32" else 1e-12)
    assert (found[:, n:] == 7).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_beta_0_does_not_read_what_is_there(dtype):
    number = np.dtype(dtype).type
    c = np.full(4, np.nan, dtype)
    eye = np.eye(2, dtype=dtype).reshape(-1)
    _run(False, False, 2, 2, 2, number(3), eye, 2, eye, 2, number(0), c, 2)
    assert c.tolist() == [3, 0, 0, 3]


def test_both_dtypes_have_a_symbol():
    assert sorted(map(str, SYMBOLS)) == ["float32", "float64"]
