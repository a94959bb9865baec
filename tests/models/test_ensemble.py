"""Members whose answers are averaged: on blocks and parts of any size, in their order."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.frame_sources import frame_of
from fastavg.models.ensemble import BLOCK, Ensemble
from fastavg.models.forward import Forward
from tests.models.tables import regressor, table

MODEL = regressor().model_
ENSEMBLE = Ensemble(MODEL.network, MODEL.members, MODEL.encoder)
FRAME = frame_of(table(2 * BLOCK + 7, seed=4))


def same(z):
    return z.astype(np.float64)


def alike(found, wanted):
    # BLAS may round the last rows of a block in another way than those before them.
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@pytest.fixture(scope="module")
def wanted():
    inputs = MODEL.encoder.compact(FRAME)
    return np.mean([
        Forward(MODEL.network, "float32", MODEL.encoder.lookups).load(weights)(inputs)
        for weights in MODEL.members
    ], axis=0)


def test_the_mean_of_all_members(wanted):
    alike(ENSEMBLE.rows(FRAME, same), wanted)
    alike(ENSEMBLE.rows(FRAME.slice(5, 9), same), wanted[5:9])


@pytest.mark.parametrize("size", [300, BLOCK, 10**6])
def test_parts_have_the_answers_of_the_whole(size):
    parts = [FRAME.slice(at, at + size) for at in range(0, len(FRAME), size)]
    found = list(ENSEMBLE.batches(iter(parts), same))
    assert [len(part) for part in found] == [len(part) for part in parts]
    alike(np.concatenate(found), ENSEMBLE.rows(FRAME, same))


def test_a_part_that_cannot_be_is_named():
    parts = [FRAME.slice(0, 50), FRAME.slice(50, 90).without("age")]
    found = ENSEMBLE.batches(parts, same)
    assert len(next(found)) == 50
    with pytest.raises(DataError, match="has no column 'age'"):
        next(found)
