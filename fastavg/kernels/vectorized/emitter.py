"""Explicit 512-bit vector code inside compiled kernels.

A loop in Python says neither which sums stay in registers nor that two bfloat16 are
multiplied at once.  Here functions write LLVM's vector instructions themselves, and
:func:`emitted` makes a function that kernels can call out of each.

Operands are named by their address in bytes, an int64, so that one piece of code serves
arrays of every type and any part of them.  A *word* is 32 bits: one float32, or two
bfloat16 that are neighbours along the depth of a product.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

LANES = 16
VECTOR_BYTES = 64
WORD_BYTES = 4

BYTE, HALF, WORD, SIZE = ir.IntType(8), ir.IntType(16), ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE = ir.FloatType(), ir.DoubleType()
FLOATS = ir.VectorType(FLOAT, LANES)
WORDS = ir.VectorType(WORD, LANES)
HALVES = ir.VectorType(HALF, 2 * LANES)
FEW_HALVES = ir.VectorType(HALF, LANES)


def bytes_of(number: Any) -> int:
    """Bytes of a number.

    Parameters
    ----------
    number : LLVM type
        ``FLOAT`` or ``DOUBLE``.
    """
    return WORD_BYTES if number == FLOAT else 2 * WORD_BYTES


def vector_of(number: Any) -> Any:
    """The type of a vector of 64 bytes: 16 float32, or 8 float64.

    Parameters
    ----------
    number : LLVM type
        ``FLOAT`` or ``DOUBLE``.
    """
    return ir.VectorType(number, VECTOR_BYTES // bytes_of(number))


class Emitter:
    """What vector code is written with: loads, stores, shuffles and products of 16 lanes or 8.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where the code is written.
    """

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    # Addresses

    def after(self, address: Any, distance: Any) -> Any:
        """The address ``distance`` bytes on.

        Parameters
        ----------
        address : LLVM value, int64
            An address, in bytes.
        distance : LLVM value of int64, or int
            Bytes from there.

        Returns
        -------
        LLVM value, int64
            The sum.
        """
        return self.builder.add(address, self._size(distance)) if distance != 0 else address

    def times(self, distance: Any, count: int) -> Any:
        """``count`` distances.

        Parameters
        ----------
        distance : LLVM value, int64
            Bytes.
        count : int
            How often.

        Returns
        -------
        LLVM value of int64, or 0
            The product.
        """
        return 0 if count == 0 else self.builder.mul(distance, self._size(count))

    def _size(self, number: Any) -> Any:
        return ir.Constant(SIZE, number) if isinstance(number, int) else number

    # Memory

    def load(self, address: Any, kind: Any, align: int = WORD_BYTES) -> Any:
        """The value at an address.

        Parameters
        ----------
        address : LLVM value, int64
            Where it is, in bytes.
        kind : LLVM type
            Its type.
        align : int, default 4
            Bytes that the address is known to be a multiple of.

        Returns
        -------
        LLVM value
            Of type ``kind``.
        """
        value = self.builder.load(self.builder.inttoptr(address, kind.as_pointer()))
        value.align = align
        return value

    def store(self, value: Any, address: Any, align: int = WORD_BYTES) -> None:
        """Write a value to an address.

        Parameters
        ----------
        value : LLVM value
            What is written, of any type.
        address : LLVM value, int64
            Where it goes, in bytes.
        align : int, default 4
            Bytes that the address is known to be a multiple of.
        """
        place = self.builder.inttoptr(address, value.type.as_pointer())
        self.builder.store(value, place).align = align

    def fetch(self, address: Any) -> None:
        """Bring the cache line of an address into the cache; any address will do.

        Parameters
        ----------
        address : LLVM value, int64
            In bytes.
        """
        place = self.builder.inttoptr(address, BYTE.as_pointer())
        self.call("llvm.prefetch.p0", ir.VoidType(), [place, WORD(0), WORD(3), WORD(1)])

    def load_lanes(self, address: Any, lanes: Any, kind: Any = FLOATS) -> Any:
        """A vector of which only ``lanes`` are read; the others are zero.

        Parameters
        ----------
        address : LLVM value, int64
            Where the first lane is, in bytes.
        lanes : LLVM vector of bool
            The lanes that are read (:meth:`first_lanes`), as many as ``kind`` has.
        kind : LLVM type, default FLOATS
            A vector of float32 or float64.

        Returns
        -------
        LLVM vector
            What was read, of type ``kind``.
        """
        place = self.builder.inttoptr(address, kind.as_pointer())
        return self.call(
            f"llvm.masked.load.{_name_of(kind)}.p0", kind, [place, lanes, self.zeros(kind)]
        )

    # Lanes

    def first_lanes(self, count: Any, lanes: int = LANES) -> Any:
        """The first ``count`` of some lanes; all if there are not so many, and none below one.

        Parameters
        ----------
        count : LLVM value, int64
            How many, within the range of int32.
        lanes : int, default 16
            Of a vector.

        Returns
        -------
        LLVM vector of bool
            True in the first ``count`` lanes.
        """
        places = ir.Constant(ir.VectorType(WORD, lanes), list(range(lanes)))
        return self.builder.icmp_signed(
            "<", places, self.splat(self.builder.trunc(count, WORD), lanes)
        )

    def zeros(self, kind: Any = FLOATS) -> Any:
        """A vector of zeros.

        Parameters
        ----------
        kind : LLVM type, default FLOATS
            A vector of float32 or float64.
        """
        return ir.Constant(kind, [0.0] * kind.count)

    def ones(self, kind: Any = FLOATS) -> Any:
        """A vector of ones.

        Parameters
        ----------
        kind : LLVM type, default FLOATS
            A vector of float32 or float64.
        """
        return ir.Constant(kind, [1.0] * kind.count)

    def splat(self, value: Any, lanes: int = LANES) -> Any:
        """The same value in all lanes.

        Parameters
        ----------
        value : LLVM value
            A number.
        lanes : int, default 16
            Of the vector.

        Returns
        -------
        LLVM vector
            Of the value's type.
        """
        empty = ir.Constant(ir.VectorType(value.type, lanes), ir.Undefined)
        first = self.builder.insert_element(empty, value, ir.Constant(WORD, 0))
        order = ir.Constant(ir.VectorType(WORD, lanes), [0] * lanes)
        return self.builder.shuffle_vector(first, empty, order)

    def shuffle(self, low: Any, high: Any, order: Sequence[int]) -> Any:
        """Lanes of two vectors, counted through both, in a new order.

        Parameters
        ----------
        low, high : LLVM vectors of n
            Lanes 0 to n - 1, and n to 2 n - 1.
        order : sequence of int
            The lane that each lane of the result is taken from.

        Returns
        -------
        LLVM vector of len(order)
            Of the same type of numbers.
        """
        mask = ir.Constant(ir.VectorType(WORD, len(order)), list(order))
        return self.builder.shuffle_vector(low, high, mask)

    def transposed(self, rows: list[Any], span: int | None = None) -> list[Any]:
        """The columns of as many vectors as each has lanes, 16 or 8, in rounds of exchanges.

        Parameters
        ----------
        rows : list of LLVM vectors
            The rows of the matrix.
        span : int, default half the lanes
            Lanes that the first round exchanges; less if rounds before it are done already.

        Returns
        -------
        list of LLVM vectors
            The columns.
        """
        lanes = len(rows)
        span = lanes // 2 if span is None else span
        while span:
            # Exchange the off-diagonal blocks of every 2 span x 2 span block.
            low = [i if not i & span else lanes + (i ^ span) for i in range(lanes)]
            high = [(i ^ span) if not i & span else lanes + i for i in range(lanes)]
            exchanged = list(rows)
            for index in range(lanes):
                if not index & span:
                    a, b = rows[index], rows[index + span]
                    exchanged[index] = self.shuffle(a, b, low)
                    exchanged[index + span] = self.shuffle(a, b, high)
            rows, span = exchanged, span // 2
        return rows

    # Numbers

    def call(self, name: str, kind: Any, arguments: list[Any]) -> Any:
        """The result of an LLVM intrinsic.

        Parameters
        ----------
        name : str
            The intrinsic's full name, with its types.
        kind : LLVM type
            Type of the result.
        arguments : list of LLVM values
            What it takes.

        Returns
        -------
        LLVM value
            Of type ``kind``.
        """
        form = ir.FunctionType(kind, [argument.type for argument in arguments])
        function = cgutils.get_or_insert_function(self.builder.module, form, name)
        return self.builder.call(function, arguments)

    def fused(self, left: Any, right: Any, total: Any) -> Any:
        """``total`` plus the product of two vectors, rounded once.

        Parameters
        ----------
        left, right : LLVM vectors of float32 or float64
            The factors.
        total : LLVM vector like left
            What their product is added to.

        Returns
        -------
        LLVM vector like left
            The sums.
        """
        return self.call(f"llvm.fma.{_name_of(total.type)}", total.type, [left, right, total])


def _name_of(kind: Any) -> str:
    """What intrinsics call a vector of float32 or float64."""
    return f"v{kind.count}f{8 * bytes_of(kind.element)}"


def emitted(write: Callable[..., None]) -> Any:
    """A function for kernels whose code ``write(emitter, *arguments)`` emits.

    Its arguments are whole numbers, which arrive as int64, and float32 or float64, which arrive
    as they are; it returns nothing.

    Parameters
    ----------
    write : callable
        Takes an :class:`Emitter` and one LLVM value for each argument, and writes the code.

    Returns
    -------
    function
        For use in kernels; it takes the arguments without the emitter.
    """

    def typed(typingctx: Any, *given: Any) -> Any:
        kinds = [kind if isinstance(kind, types.Float) else types.int64 for kind in given]

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            write(Emitter(builder), *values)
            return context.get_dummy_value()

        return types.void(*kinds), generate

    # Numba asks for names: the emitter's place is the typing context's.
    typed.__name__, typed.__signature__ = write.__name__, signature(write)  # type: ignore[attr-defined]
    return intrinsic(typed)
