"""Matrix products cut into pieces that OpenBLAS multiplies without packing.

OpenBLAS copies the operands of a large product into blocks of its own before it
multiplies.  For AVX-512 it also has kernels that read small operands where they lie;
a product cut into such pieces runs faster than the same product in one call, at any
size (docs/decisions/0015).  Those kernels read a transposed right operand badly, so
its pieces are transposed here, in cache.
"""

from __future__ import annotations

from fastavg.kernels.blas.gemm import _gemm as gemm
from fastavg.kernels.blas.openblas import core_name
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.transpose import transpose

# Kernel sets that multiply small operands in place; others get the product whole.
IN_PLACE = core_name() in ("SkylakeX", "Cooperlake", "SapphireRapids")
# The most multiplications that OpenBLAS still calls small.
SMALL = 1_000_000
# Columns of a piece: four 64-byte vectors of float32.
COLUMNS = 64
DEPTH = 128
TILE = COLUMNS * DEPTH


@kernel
def _even(total, most):
    # The size of equal pieces of at most ``most``.
    pieces = (total + most - 1) // most
    return (total + pieces - 1) // pieces


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
    kt = _even(k, DEPTH)
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
