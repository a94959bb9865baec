"""Stages: loops that the training kernels call by their address.

The kernels know the commonest activations, losses and optimizers by number.  Any
other is a loop over arrays of its own, compiled when it is first used; the kernels
find its address in the layer table or in an argument.  So they need not be compiled
again for it, stay small, and what a user writes runs as what fastavg brings.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import compiled_address

TABLE = types.CPointer(types.int64)
FLOAT, SIZE, DOUBLE = "number", types.int64, types.CPointer(types.float64)
POINTER = "pointer"
# What the kernels hand over: (pointers to) numbers of the training dtype, sizes, float64.
FORMS = {
    # z, distance of rows, rows, columns, bias, where derivatives go, whether they are wanted
    "activation": (POINTER, SIZE, SIZE, SIZE, POINTER, POINTER, SIZE),
    # columns of z, columns of targets, rows, columns, whether every output has a target of
    # its own, losses, products, the loss's numbers
    "loss": (POINTER, POINTER, SIZE, SIZE, SIZE, DOUBLE, DOUBLE, DOUBLE),
    # hyper, rate, decay, w, numbers, state, distance of its rows, gradient
    "update": (DOUBLE, types.float64, FLOAT, POINTER, SIZE, POINTER, SIZE, POINTER),
    # which product, the layer's row of the table, rows of the batch, first and last row of the
    # weights, scale, source, target
    "products": (SIZE, TABLE, SIZE, SIZE, SIZE, FLOAT, POINTER, POINTER),
    # hyper, center, mean, numbers, state, distance of its rows
    "rule": (DOUBLE, POINTER, POINTER, SIZE, POINTER, SIZE),
}


class Stage:
    """A loop of one form, compiled for a dtype when it is first asked for.

    Parameters
    ----------
    form : str
        A key of ``FORMS``.
    loop : callable
        Plain Python that numba can compile.
    name : str
        Under which its machine code is cached on disk; not at all without a name.
    exact : bool
        True keeps every operation as written.
    """

    def __init__(
        self, form: str, loop: Callable[..., None], name: str = "", exact: bool = False
    ) -> None:
        self.form, self.loop, self._name, self._exact = form, loop, name, exact
        self._addresses: dict[str, int] = {}

    def address(self, dtype: Any) -> int:
        """Address of the compiled code in this process.

        Parameters
        ----------
        dtype : dtype
            float32 or float64.
        """
        dtype = np.dtype(dtype).name
        if dtype not in self._addresses:
            number = {"float32": types.float32, "float64": types.float64}[dtype]
            kinds = {FLOAT: number, POINTER: types.CPointer(number)}
            signature = types.void(*(kinds.get(kind, kind) for kind in FORMS[self.form]))
            self._addresses[dtype] = compiled_address(
                self.loop, signature, self._name, self._exact
            )
        return self._addresses[dtype]


@intrinsic
def call(typingctx: Any, address: Any, given: Any) -> Any:
    """Call the stage at an address, inside a kernel.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    address : int64
        Of the stage.
    given : tuple of arrays and numbers
        Its arguments in the order of ``FORMS``; of an array the address of its first number is
        passed.
    """
    signature = types.void(types.int64, given)

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        address, given = values
        arguments = []
        for place, kind in enumerate(signature.args[1].types):
            value = builder.extract_value(given, place)
            if isinstance(kind, types.Array):
                value = context.make_array(kind)(context, builder, value).data
            elif isinstance(kind, (types.Integer, types.Boolean)):
                value = context.cast(builder, value, kind, types.int64)
            arguments.append(value)
        form = ir.FunctionType(ir.VoidType(), [value.type for value in arguments])
        builder.call(builder.inttoptr(address, form.as_pointer()), arguments)
        return context.get_dummy_value()

    return signature, generate

