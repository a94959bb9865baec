"""What a batch's rows have to do with one column's weights, in vectors of a few outputs.

A tile is one or two vectors of 16 outputs.  The weights of one column and tile, and the sums that
its bins need, are a *piece* that stays in the first-level cache while all rows of the batch pass;
a row's outputs, or errors, lie there as well or come one after the other.

Of a piece of bins the first two rows are zeros, for rows without a bin, and then there are Q and W
of each bin (:mod:`fastavg.kernels.tabular.lookups`).  Addresses and distances are in bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import ir
from numba.core.cgutils import alloca_once_value, for_range

from fastavg.kernels.vectorized.emitter import LANES, SIZE, Emitter, bytes_of, emitted

# A product and a sum may become one operation.
FUSED = ("contract",)


class Loops(NamedTuple):
    """The loops of one tile, for use in kernels.

    Attributes
    ----------
    add_plain, add_levels, add_bins, add_scaled : function
        Add the products of a column's inputs and its weights to the rows' outputs; the last one
        those of a plain number and of the bins that follow it, in one pass over the rows.
    pack_bins : function
        Q and W of a column's bins.
    sum_plain, sum_levels, sum_bins, sum_scaled : function
        Add the rows' errors to a column's gradient, or to Q's and W's of its bins.
    unpack_bins : function
        The gradient of the weights of a column's bins.
    """

    add_plain: Any
    add_levels: Any
    add_bins: Any
    add_scaled: Any
    pack_bins: Any
    sum_plain: Any
    sum_levels: Any
    sum_bins: Any
    sum_scaled: Any
    unpack_bins: Any


def loops_of(number: Any, vectors: int) -> Loops:
    """The loops for numbers of a type and tiles of a width.

    Parameters
    ----------
    number : LLVM type
        ``FLOAT`` or ``DOUBLE``.
    vectors : int
        Vectors of 16 outputs that a tile is wide.
    """
    made = _Tile(number, vectors)
    return Loops(*(emitted(_named(getattr(made, name), name)) for name in Loops._fields))


def _named(method: Callable[..., None], name: str) -> Callable[..., None]:
    """A bound method as a function that can be given a name and a signature."""
    import inspect

    def write(to: Emitter, *given: Any) -> None:
        method(to, *given)

    write.__name__, write.__signature__ = name, inspect.signature(method)  # type: ignore[attr-defined]
    return write


class _Tile:
    """Writes the loops of a tile.

    Parameters
    ----------
    number : LLVM type
        ``FLOAT`` or ``DOUBLE``.
    vectors : int
        How wide the tile is.
    """

    def __init__(self, number: Any, vectors: int) -> None:
        self._number, self._bytes = number, bytes_of(number)
        self._kind, self._count = ir.VectorType(number, LANES), vectors
        self._zeros = ir.Constant(self._kind, [0.0] * LANES)
        # Of one row of a piece.
        self._wide = vectors * LANES * self._bytes

    # Outputs

    def add_plain(
        self, to: Emitter, x: Any, in_ld: Any, count: Any, rows: Any, w: Any, w_ld: Any, left: Any,
        z: Any, out_ld: Any,
    ) -> None:
        """z <- z + x W, of ``count`` inputs; W has ``left`` outputs from the tile's first on."""
        build = to.builder
        with for_range(build, count) as each:
            weights = self._there(to, self._at(to, w, w_ld, each.index), left)
            column = self._at(to, x, self._bytes, each.index)
            with for_range(build, rows) as row:
                factor = self._spread(to, self._at(to, column, in_ld, row.index))
                out = self._at(to, z, out_ld, row.index)
                before = self._load(to, out)
                self._store(to, [
                    self._fused(to, factor, weight, sum_)
                    for weight, sum_ in zip(weights, before, strict=True)
                ], out)

    def add_levels(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, w: Any, w_ld: Any, nothing: Any,
        left: Any, z: Any, out_ld: Any,
    ) -> None:
        """z <- z + the row of W that x says; ``nothing`` is a row of zeros, for none."""
        with for_range(to.builder, rows) as row:
            place = self._level(to, self._at(to, x, in_ld, row.index), w, w_ld, nothing)
            self._add(to, self._there(to, place, left), self._at(to, z, out_ld, row.index))

    def add_bins(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, piece: Any, z: Any, out_ld: Any
    ) -> None:
        """z <- z + Q + e W, of the bin that x says."""
        with for_range(to.builder, rows) as row:
            own = self._at(to, x, in_ld, row.index)
            self._add(to, self._of_bin(to, own, piece), self._at(to, z, out_ld, row.index))

    def add_scaled(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, w: Any, left: Any, piece: Any, z: Any,
        out_ld: Any,
    ) -> None:
        """z <- z + x W of a plain input, and then as ``add_bins`` of the numbers after x."""
        weights = self._there(to, w, left)
        with for_range(to.builder, rows) as row:
            own, out = self._at(to, x, in_ld, row.index), self._at(to, z, out_ld, row.index)
            factor = self._spread(to, own)
            plain = [
                self._fused(to, factor, weight, sum_)
                for weight, sum_ in zip(weights, self._load(to, out), strict=True)
            ]
            bins = self._of_bin(to, to.after(own, self._bytes), piece)
            self._store(
                to, [to.builder.fadd(a, b) for a, b in zip(plain, bins, strict=True)], out
            )

    def pack_bins(
        self, to: Emitter, w: Any, w_ld: Any, bins: Any, below: Any, left: Any, piece: Any
    ) -> None:
        """Q and W of all bins; Q counts the bins after its own ``below`` times."""
        build = to.builder
        self._store(to, [self._zeros] * 2 * self._count, piece)
        before, after = self._sums(to), self._sums(to)
        with for_range(build, bins) as each:
            self._gather(to, self._there(to, self._at(to, w, w_ld, each.index), left), after)
        factor = to.splat(build.sitofp(below, self._number))
        with for_range(build, bins) as each:
            weights = self._there(to, self._at(to, w, w_ld, each.index), left)
            self._gather(to, weights, after, minus=True)
            place = to.after(self._at(to, piece, 2 * self._wide, each.index), 2 * self._wide)
            self._store(to, [
                self._fused(to, factor, build.load(high), build.load(low))
                for low, high in zip(before, after, strict=True)
            ], place)
            self._store(to, weights, to.after(place, self._wide))
            self._gather(to, weights, before)

    # Gradients

    def sum_plain(
        self, to: Emitter, x: Any, in_ld: Any, count: Any, rows: Any, g: Any, g_ld: Any,
        error: Any, error_ld: Any,
    ) -> None:
        """g <- x' error, of ``count`` inputs."""
        build = to.builder
        with for_range(build, count) as each:
            column, sums = self._at(to, x, self._bytes, each.index), self._sums(to)
            with for_range(build, rows) as row:
                factor = self._spread(to, self._at(to, column, in_ld, row.index))
                errors = self._load(to, self._at(to, error, error_ld, row.index))
                for place, missed in zip(sums, errors, strict=True):
                    build.store(self._fused(to, factor, missed, build.load(place)), place)
            target = self._at(to, g, g_ld, each.index)
            self._store(to, [build.load(place) for place in sums], target)

    def sum_levels(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, g: Any, g_ld: Any, nothing: Any,
        error: Any, error_ld: Any,
    ) -> None:
        """The row of g that x says <- itself + error; ``nothing`` is a row that takes others."""
        with for_range(to.builder, rows) as row:
            place = self._level(to, self._at(to, x, in_ld, row.index), g, g_ld, nothing)
            self._add(to, self._load(to, self._at(to, error, error_ld, row.index)), place)

    def sum_bins(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, piece: Any, error: Any, error_ld: Any
    ) -> None:
        """Q <- Q + error and W <- W + e error, of the bin that x says."""
        with for_range(to.builder, rows) as row:
            errors = self._load(to, self._at(to, error, error_ld, row.index))
            self._to_bin(to, self._at(to, x, in_ld, row.index), piece, errors)

    def sum_scaled(
        self, to: Emitter, x: Any, in_ld: Any, rows: Any, g: Any, piece: Any, error: Any,
        error_ld: Any,
    ) -> None:
        """g <- x' error of a plain input, and as ``sum_bins`` of the numbers after x."""
        build, sums = to.builder, self._sums(to)
        with for_range(build, rows) as row:
            own = self._at(to, x, in_ld, row.index)
            errors = self._load(to, self._at(to, error, error_ld, row.index))
            factor = self._spread(to, own)
            for place, missed in zip(sums, errors, strict=True):
                build.store(self._fused(to, factor, missed, build.load(place)), place)
            self._to_bin(to, to.after(own, self._bytes), piece, errors)
        self._store(to, [build.load(place) for place in sums], g)

    def unpack_bins(
        self, to: Emitter, piece: Any, bins: Any, below: Any, g: Any, g_ld: Any
    ) -> None:
        """g <- W, the Q of later bins, and ``below`` times those of earlier ones, of each bin."""
        build = to.builder
        earlier, later = self._sums(to), self._sums(to)
        first = to.after(piece, 2 * self._wide)
        with for_range(build, bins) as each:
            self._gather(to, self._load(to, self._at(to, first, 2 * self._wide, each.index)), later)
        factor = to.splat(build.sitofp(below, self._number))
        with for_range(build, bins) as each:
            place = self._at(to, first, 2 * self._wide, each.index)
            own = self._load(to, place)
            self._gather(to, own, later, minus=True)
            others = [
                self._fused(to, factor, build.load(low), build.load(high))
                for low, high in zip(earlier, later, strict=True)
            ]
            weights = self._load(to, to.after(place, self._wide))
            self._store(to, [
                build.fadd(a, b) for a, b in zip(weights, others, strict=True)
            ], self._at(to, g, g_ld, each.index))
            self._gather(to, own, earlier)

    # Parts of them

    def _at(self, to: Emitter, address: Any, distance: Any, index: Any) -> Any:
        step = SIZE(distance) if isinstance(distance, int) else distance
        return to.after(address, to.builder.mul(index, step))

    def _level(self, to: Emitter, x: Any, first: Any, ld: Any, nothing: Any) -> Any:
        """Where the row that x says is."""
        build = to.builder
        level = build.fptosi(to.load(x, self._number), SIZE)
        return build.select(
            build.icmp_signed("<", level, SIZE(0)), nothing, self._at(to, first, ld, level)
        )

    def _bin(self, to: Emitter, own: Any, piece: Any) -> tuple[Any, Any]:
        """The place in its bin, spread out, and where Q and W are; those of none come first."""
        level = to.builder.fptosi(to.load(own, self._number), SIZE)
        first = to.after(piece, 2 * self._wide)
        part = self._spread(to, to.after(own, self._bytes))
        return part, self._at(to, first, 2 * self._wide, level)

    def _of_bin(self, to: Emitter, own: Any, piece: Any) -> list[Any]:
        """Q + e W."""
        part, place = self._bin(to, own, piece)
        sums, weights = self._load(to, place), self._load(to, to.after(place, self._wide))
        return [
            self._fused(to, part, weight, sum_)
            for sum_, weight in zip(sums, weights, strict=True)
        ]

    def _to_bin(self, to: Emitter, own: Any, piece: Any, errors: list[Any]) -> None:
        """Q <- Q + error, W <- W + e error."""
        part, place = self._bin(to, own, piece)
        self._add(to, errors, place)
        second = to.after(place, self._wide)
        self._store(to, [
            self._fused(to, part, missed, sum_)
            for missed, sum_ in zip(errors, self._load(to, second), strict=True)
        ], second)

    def _spread(self, to: Emitter, address: Any) -> Any:
        return to.splat(to.load(address, self._number))

    def _fused(self, to: Emitter, a: Any, b: Any, c: Any) -> Any:
        """A product and a sum."""
        return to.builder.fadd(to.builder.fmul(a, b, flags=FUSED), c, flags=FUSED)

    def _places(self, to: Emitter, address: Any) -> list[Any]:
        return [to.after(address, LANES * self._bytes * v) for v in range(self._count)]

    def _load(self, to: Emitter, address: Any) -> list[Any]:
        return [to.load(place, self._kind) for place in self._places(to, address)]

    def _there(self, to: Emitter, address: Any, left: Any) -> list[Any]:
        """The first ``left`` of a tile's numbers; the others are not read, and zero."""
        return [
            to.load_lanes(
                place, to.first_lanes(to.builder.sub(left, SIZE(LANES * v))), self._kind
            )
            for v, place in enumerate(self._places(to, address))
        ]

    def _store(self, to: Emitter, values: list[Any], address: Any) -> None:
        for v, value in enumerate(values):
            to.store(value, to.after(address, LANES * self._bytes * v))

    def _add(self, to: Emitter, values: list[Any], address: Any) -> None:
        before = self._load(to, address)
        self._store(
            to, [to.builder.fadd(a, b) for a, b in zip(before, values, strict=True)], address
        )

    def _sums(self, to: Emitter) -> list[Any]:
        """Zeros that loops add to, which stay in registers."""
        return [alloca_once_value(to.builder, self._zeros) for _ in range(self._count)]

    def _gather(
        self, to: Emitter, values: list[Any], sums: list[Any], minus: bool = False
    ) -> None:
        build = to.builder
        for value, place in zip(values, sums, strict=True):
            change = build.fsub if minus else build.fadd
            build.store(change(build.load(place), value), place)
