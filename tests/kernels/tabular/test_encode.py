"""Encodings of columns against the formulas they stand for, in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.tabular.encode import (
    encode_bin,
    encode_level,
    encode_looked_up,
    encode_missing,
    encode_smooth,
)


@pytest.fixture(params=["float32", "float64"])
def out(request):
    return np.full((50, 12), 7.0, request.param)


def column(seed=0):
    x = np.random.default_rng(seed).standard_normal(50) * 3 + 1
    x[[3, 17]] = np.nan
    return x


def untouched(out, *columns):
    return np.all(np.delete(out, columns, axis=1) == 7)


@pytest.mark.parametrize("limit", [0.0, 3.0])
def test_smooth(out, limit):
    x = column()
    encode_smooth(x, 1.5, 0.25, limit, out, 4)
    z = (np.nan_to_num(x, nan=1.5) - 1.5) * 0.25
    wanted = z if limit == 0 else z / np.sqrt(1 + (z / limit) ** 2)
    np.testing.assert_allclose(out[:, 4], wanted, rtol=1e-6)
    assert untouched(out, 4)


def test_missing(out):
    encode_missing(column(), out, 11)
    assert np.flatnonzero(out[:, 11]).tolist() == [3, 17]
    assert untouched(out, 11)


@pytest.mark.parametrize("edges", [
    [-4.0, -1.0, 0.0, 0.5, 6.0], [-4.0, -1.0, 0.0, 0.5, 2.0, 6.0], [-4.0, 6.0],
])
def test_bin(out, edges):
    x, edges = column(), np.array(edges)
    x[5:10] = -100, 100, -1.0, 6.0, -4.0
    encode_bin(x, edges, 1 / np.diff(edges), out, 2)
    known = np.flatnonzero(~np.isnan(x))
    place = (np.searchsorted(edges, x, "right") - 1).clip(0, len(edges) - 2)
    np.testing.assert_array_equal(out[known, 2], place[known])
    part = np.clip((x - edges[place]) / np.diff(edges)[place], 0, 1)
    np.testing.assert_allclose(out[known, 3], 2 * part[known] - 1, atol=1e-6)
    np.testing.assert_array_equal(out[[3, 17], 2:4], [[-1, 0]] * 2)
    assert untouched(out, 2, 3)


def test_level(out):
    codes = np.random.default_rng(1).integers(-1, 4, 50).astype(np.int32)
    encode_level(codes, np.array([0, 2, -1, 1, 3]), out, 5)
    wanted = [{0: 0, 1: 2, 2: -1, 3: 1, -1: 3}[code] for code in codes.tolist()]
    np.testing.assert_array_equal(out[:, 5], wanted)
    assert untouched(out, 5)


def test_looked_up(out):
    codes = np.array([0, 1, -1] * 16 + [0, 0], np.int32)
    encode_looked_up(codes, np.array([-1.0, 1.0, 0.0]), out, 0)
    np.testing.assert_array_equal(out[:, 0], [-1, 1, 0] * 16 + [-1, -1])
    assert untouched(out, 0)
