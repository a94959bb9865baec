"""Matrix products cut into pieces that OpenBLAS multiplies without packing.

OpenBLAS copies the operands of a large product into blocks of its own before it
multiplies.  For AVX-512 it also has kernels that read small operands where they lie;
a product cut into such pieces runs faster than the same product in one call, at any
size, as long as a piece of the right operand leaves room in the first-level cache
(docs/decisions/0015).  Those kernels read a transposed right operand badly, so its
pieces are transposed here, in cache.
"""

from __future__ import annotations

from fastavg.kernels.blas.first_level_cache import first_level_cache
from fastavg.kernels.blas.gemm import _gemm as gemm
from fastavg.kernels.blas.openblas import core_name
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.transpose import SQUARE, transpose

# Kernel sets that multiply small operands in place; others get the product whole.
IN_PLACE = core_name() in ("SkylakeX", "Cooperlake", "SapphireRapids")
# The most multiplications that OpenBLAS still calls small.
SMALL = 1_000_000
# Columns of a piece: four 64-byte vectors of float32.
COLUMNS = 64
# A piece of the right operand is read again for every few rows of the left one: 128 rows of
# it fill a first-level cache of 32 KiB to the last line, and are evicted before they are read.
DEPTH = 128 if first_level_cache() >= 48 * 1024 else 64
TILE = COLUMNS * DEPTH


@kernel
def _even(total, most):
    # The size of equal pieces of at most ``most``.
    pieces = (total + most - 1) // most
    return (total + pieces - 1) // pieces


@kernel
def depth_of(k):
    """How deep a piece of a product is: parts alike, of whole squares of the transposition.

    Parameters
    ----------
    k : int
        Depth of the product.
    """
    return min(k, (_even(k, DEPTH) + SQUARE - 1) // SQUARE * SQUARE)


@kernel
def product(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, tile):
    """C <- alpha op(A) op(B) + beta C, for row-major matrices.

    Parameters
    ----------
    ta : bool
        True if op(A) is A transposed.
    tb : bool
        True if op(B) is B transposed.
    m : int
        Rows of op(A) and C.
    n : int
        Columns of op(B) and C.
    k : int
        Columns of op(A), rows of op(B).
    alpha : number like c
        Factor of the product.
    a : array like c
        A begins at its first number.
    lda : int
        Distance of the stored rows of A, in numbers.
    b : array like c
        B, likewise.
    ldb : int
        Distance of the stored rows of B.
    beta : number like c
        Factor of C; with 0 it is not read.
    c : array of float32 or float64
        C, changed in place.
    ldc : int
        Distance of the rows of C.
    tile : array (TILE,) like c
        Working memory.
    """
    if not IN_PLACE or (m * n * k <= SMALL and not tb):
        gemm(ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
        return
    one = c.dtype.type(1)
    nt = min(n, COLUMNS)
    kt = depth_of(k)
    mt = _even(m, max(1, SMALL // (nt * kt)))
    for n0 in range(0, n, nt):
        nn = min(nt, n - n0)
        for k0 in range(0, k, kt):
            kk = min(kt, k - k0)
            factor = beta if k0 == 0 else one
            if tb:
                transpose(b, n0 * ldb + k0, ldb, nn, kk, tile, 0, COLUMNS)
            for m0 in range(0, m, mt):
                mm = min(mt, m - m0)
                left = a[k0 * lda + m0 :] if ta else a[m0 * lda + k0 :]
                right = tile if tb else b[k0 * ldb + n0 :]
                gemm(
                    ta, False, mm, nn, kk, alpha, left, lda, right, COLUMNS if tb else ldb,
                    factor, c[m0 * ldc + n0 :], ldc,
                )
