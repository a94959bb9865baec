"""The columns of a table in parts are planned and encoded as those of the whole, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators.collectives import workers_of
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame import Frame
from fastavg.data.parts import learnt_columns, rank_parts
from fastavg.data.parts.learnt_columns import learn_columns
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.preprocessing.stored import encoder_as_dict
from fastavg.data.preprocessing.table_encoder import Encoding, fit_encoder
from fastavg.errors import ConfigError
from tests.communicators.ranks import on_ranks
from tests.data.parts.tables import table, truth, write_table

WORKERS = 5


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table"))


def learnt_on(size, files, scale="robust", test_size=0.0):
    def rank(ranks):
        source = open_parts(files, "price", None, WORKERS)
        held = workers_of(ranks.rank, ranks.size, WORKERS)
        source.learn_levels(held, ranks)
        return learn_columns(RankParts(source, held, test_size), source, scale, ranks)

    return on_ranks(size, rank)


def of_the_whole(scale):
    """Plan and encoder of the same rows in one table."""
    frame = Frame(table().drop_columns("price"))
    plan = plan_columns(frame)
    encoder = fit_encoder(
        frame, plan, np.unique(truth(), return_inverse=True)[1], "class", Encoding(scale, 0, 0)
    )
    return plan, encoder


@pytest.mark.parametrize("scale", ["robust", "minmax", "quantile"])
def test_the_encoder_is_that_of_the_whole(scale, files):
    plan, encoder = of_the_whole(scale)
    for size in (1, 3):
        for found in learnt_on(size, files, scale):
            assert [(each.name, each.kind, each.missing) for each in found.plan.columns] == [
                (each.name, each.kind, each.missing) for each in plan.columns
            ]
            assert encoder_as_dict(found.encoder) == encoder_as_dict(encoder)


def test_standard_scaling_is_exact_on_any_ranks_in_any_blocks(files, monkeypatch):
    _, encoder = of_the_whole("standard")
    (expected,) = learnt_on(1, files, "standard")
    frame = Frame(table())
    assert np.allclose(expected.encoder.apply(frame), encoder.apply(frame), rtol=1e-6, atol=1e-12)
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", 8 * 13 * 7)
    monkeypatch.setattr(learnt_columns, "GROUP_BYTES", 8 * 100)
    for size in (2, 6):
        for found in learnt_on(size, files, "standard"):
            assert encoder_as_dict(found.encoder) == encoder_as_dict(expected.encoder)


def test_test_rows_are_not_learnt_from(files):
    (all_rows,), (some,) = learnt_on(1, files), learnt_on(1, files, test_size=0.4)
    assert encoder_as_dict(all_rows.encoder) != encoder_as_dict(some.encoder)
    for found in learnt_on(4, files, test_size=0.4):
        assert encoder_as_dict(found.encoder) == encoder_as_dict(some.encoder)


def test_a_scaling_that_words_have_not_is_refused(files):
    with pytest.raises(ConfigError, match="scale is decorrelate, and a table with words"):
        learnt_on(1, files, "decorrelate")
