"""Loops over a batch's rows in vectors of a few outputs, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.tabular.lookup_vectors import loops_of
from fastavg.kernels.vectorized.emitter import DOUBLE, FLOAT, LANES

ROWS, LEVELS = 23, 5


def kernels_of(number, vectors):
    """Every pair of loops as a kernel of arrays."""
    loops, size = loops_of(number, vectors), 4 if number == FLOAT else 8
    add_plain, add_levels, add_bins = loops.add_plain, loops.add_levels, loops.add_bins
    sum_plain, sum_levels, sum_bins = loops.sum_plain, loops.sum_levels, loops.sum_bins
    add_scaled, sum_scaled = loops.add_scaled, loops.sum_scaled
    pack_bins, unpack_bins = loops.pack_bins, loops.unpack_bins

    @kernel(cached=False)
    def plain(x, w, left, z, g):
        n, wide = len(x), size * z.shape[1]
        args = address_of(x), size * x.shape[1], x.shape[1], n
        add_plain(*args, address_of(w), size * w.shape[1], left, address_of(z), wide)
        sum_plain(*args, address_of(g), size * g.shape[1], address_of(z), wide)

    @kernel(cached=False)
    def levels(x, w, left, z, g, nothing):
        n, wide = len(x), size * z.shape[1]
        args = address_of(x), size * x.shape[1], n
        add_levels(
            *args, address_of(w), size * w.shape[1], address_of(nothing), left, address_of(z), wide
        )
        sum_levels(
            *args, address_of(g), size * g.shape[1], address_of(nothing), address_of(z), wide
        )

    @kernel(cached=False)
    def bins(x, w, left, z, g, piece, below):
        n, wide, at = len(x), size * z.shape[1], address_of(piece)
        args = address_of(x), size * x.shape[1], n
        pack_bins(address_of(w), size * w.shape[1], len(w), below, left, at)
        add_bins(*args, at, address_of(z), wide)
        piece[:] = 0
        sum_bins(*args, at, address_of(z), wide)
        unpack_bins(at, len(w), below, address_of(g), size * g.shape[1])

    @kernel(cached=False)
    def scaled(x, w, left, z, g, piece):
        n, wide, at = len(x), size * z.shape[1], address_of(piece)
        args, bins = (address_of(x), size * x.shape[1], n), len(w) - 1
        first, row = address_of(w), size * w.shape[1]
        pack_bins(first + row, row, bins, -1, left, at)
        add_scaled(*args, first, left, at, address_of(z), wide)
        piece[:] = 0
        sum_scaled(*args, address_of(g), at, address_of(z), wide)
        unpack_bins(at, bins, -1, address_of(g) + row, row)

    return plain, levels, bins, scaled


@pytest.fixture(scope="module", params=[(FLOAT, 2, 32), (FLOAT, 2, 19), (DOUBLE, 1, 7)])
def setting(request):
    number, vectors, left = request.param
    dtype, wide = "f4" if number == FLOAT else "f8", vectors * LANES
    random = np.random.default_rng(0)
    w = np.full((LEVELS, wide + 3), np.nan, dtype)
    w[:, :left] = random.normal(size=(LEVELS, left))
    z = random.normal(size=(ROWS, wide)).astype(dtype)
    return kernels_of(number, vectors), left, w, z


def chosen(dtype):
    """Levels, some of which are not known, and numbers beside them."""
    random = np.random.default_rng(1)
    x = random.normal(size=(ROWS, 2)).astype(dtype)
    x[:, 0] = random.integers(-1, LEVELS, ROWS)
    return x


def close(found, wanted):
    np.testing.assert_allclose(
        found, wanted, atol=1e-12 if found.dtype == np.float64 else 2e-5
    )


def check(run, setting, inputs, *more):
    """Outputs and gradient of a column are those of the inputs that it stands for."""
    _, left, w, before = setting
    z, g = before.copy(), np.full_like(w, 9)
    run(z, g, *more)
    wanted = before.astype("f8")
    wanted[:, :left] += inputs @ w[:, :left]
    close(z, wanted)
    wide = z.shape[1]
    close(g[:, :wide], inputs.T @ z.astype("f8"))


def test_plain_inputs(setting):
    (plain, *_), left, w, _ = setting
    x = np.random.default_rng(2).normal(size=(ROWS, LEVELS)).astype(w.dtype)
    check(lambda z, g: plain(x, w, left, z, g), setting, x.astype("f8"))


def test_levels(setting):
    (_, levels, *_), left, w, before = setting
    x = chosen(w.dtype)
    inputs = (x[:, :1] == np.arange(LEVELS)).astype("f8")

    def run(z, g):
        g[:] = 0
        levels(x, w, left, z, g, np.zeros(before.shape[1], w.dtype))

    check(run, setting, inputs)


@pytest.mark.parametrize("below", [-1, 0])
def test_bins(setting, below):
    (*_, bins, _), left, w, before = setting
    x, place = chosen(w.dtype), np.arange(LEVELS)
    own = x[:, :1]
    x[x[:, 0] < 0, 1] = 0
    inputs = np.where(place < own, 1.0, np.where(place > own, below, x[:, 1:]))
    inputs[own[:, 0] < 0] = 0
    piece = np.full(2 * before.shape[1] * (LEVELS + 1), np.nan, w.dtype)
    check(lambda z, g: bins(x, w, left, z, g, piece, below), setting, inputs)


def test_a_number_and_its_bins_have_the_bits_of_one_after_the_other(setting):
    (plain, _, bins, scaled), left, w, before = setting
    x = np.random.default_rng(3).normal(size=(ROWS, 3)).astype(w.dtype)
    x[:, 1:] = chosen(w.dtype)
    x[x[:, 1] == LEVELS - 1, 1] = -1
    found = []
    for at_once in (True, False):
        z, g = before.copy(), np.full_like(w, 9)
        piece = np.full(2 * before.shape[1] * LEVELS, np.nan, w.dtype)
        if at_once:
            scaled(x, w, left, z, g, piece)
        else:
            number, places = np.ascontiguousarray(x[:, :1]), np.ascontiguousarray(x[:, 1:])
            plain(number, w[:1], left, z, g[:1])
            bins(places, w[1:], left, z, g[1:], piece, -1)
            # The number's gradient from the errors of both.
            plain(number, w[:1], 0, z, g[:1])
        found.append((z, g))
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)
