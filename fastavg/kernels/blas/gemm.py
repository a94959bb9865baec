"""``gemm``: a BLAS matrix product, callable inside compiled and cached kernels.

The function is found by its name when a cached kernel is loaded, so no address of
one process is frozen into the cache.
"""

from __future__ import annotations

import ctypes
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import get_cython_function_address, intrinsic

from fastavg.kernels.blas.openblas import private_openblas

SYMBOLS = {types.float32: "fastavg_sgemm", types.float64: "fastavg_dgemm"}


def _address(name: str) -> int:
    library = private_openblas()
    if library is not None:
        return int(ctypes.cast(library[f"scipy_{name}_"], ctypes.c_void_p).value or 0)
    return int(get_cython_function_address("scipy.linalg.cython_blas", name))


llvm.add_symbol(SYMBOLS[types.float32], _address("sgemm"))
llvm.add_symbol(SYMBOLS[types.float64], _address("dgemm"))


@intrinsic
def _gemm(
    typingctx: Any, ta: Any, tb: Any, m: Any, n: Any, k: Any, alpha: Any, a: Any, lda: Any,
    b: Any, ldb: Any, beta: Any, c: Any, ldc: Any,
) -> Any:
    if not isinstance(c, types.Array) or c.dtype not in SYMBOLS:
        return None
    real = c.dtype
    flag, size = types.boolean, types.int64
    signature = types.void(
        flag, flag, size, size, size, real, a, size, b, size, real, c, size
    )

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        ta, tb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc = values
        number = context.get_value_type(real)
        letter, integer = ir.IntType(8), ir.IntType(32)

        def place(value: Any, kind: Any) -> Any:
            slot = cgutils.alloca_once(builder, kind)
            builder.store(value, slot)
            return slot

        def whole(value: Any) -> Any:
            return place(builder.trunc(value, integer), integer)

        def turned(value: Any) -> Any:
            yes, no = ir.Constant(letter, ord("T")), ir.Constant(letter, ord("N"))
            asked = builder.trunc(value, ir.IntType(1))
            return place(builder.select(asked, yes, no), letter)

        def start(kind: Any, value: Any) -> Any:
            return context.make_array(kind)(context, builder, value).data

        pointer = number.as_pointer()
        kinds = [letter.as_pointer()] * 2 + [integer.as_pointer()] * 3 + [
            pointer, pointer, integer.as_pointer(), pointer, integer.as_pointer(),
            pointer, pointer, integer.as_pointer(),
        ]
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), kinds), SYMBOLS[real]
        )
        # BLAS counts in columns: a row-major C = A B is a column-major C' = B' A'.
        builder.call(function, [
            turned(tb), turned(ta), whole(n), whole(m), whole(k), place(alpha, number),
            start(signature.args[8], b), whole(ldb), start(signature.args[6], a), whole(lda),
            place(beta, number), start(signature.args[11], c), whole(ldc),
        ])
        return context.get_dummy_value()

    return signature, generate
