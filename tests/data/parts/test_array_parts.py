"""Arrays as parts: what ranks hand over, and what does not fit together."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts.array_parts import own_parts, whole_as_parts
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError
from tests.communicators.ranks import on_ranks

PARTS = [(np.full((size, 2), size), np.arange(size)) for size in (3, 5, 2)]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_ranks_learn_the_sizes_of_all_parts(size):
    def sizes(ranks):
        held = workers_of(ranks.rank, ranks.size, 3)
        made = own_parts([PARTS[part] for part in held], 3, ranks)
        for part in held:
            assert np.array_equal(made.read(part, 1, 2).X, PARTS[part][0][1:2])
        return made.sizes, made.n_features

    assert on_ranks(size, sizes) == [((3, 5, 2), 2)] * size


@pytest.mark.parametrize(("parts", "said"), [
    ([PARTS[0]], "rank 0 has 1 parts and runs 2 of 2 workers; it needs a part for each"),
    ([PARTS[0], (np.ones((2, 3)), [0, 1])], "part 1 has 3 columns and part 0 has 2"),
    ([PARTS[0], (np.ones((2, 2)), ["a", "b"])], "the target of part 1 holds text and that of"),
    ([PARTS[0], (np.ones((2, 2)), [0, 1], [1, 1])], "part 1 has sample_weight and part 0 has none"),
    ([PARTS[0], (np.ones((2, 2)), [0])], r"part 1: y has shape \(1,\) and X 2 rows"),
])
def test_parts_that_do_not_fit_are_named(parts, said):
    with pytest.raises((ConfigError, DataError), match=said):
        own_parts(parts, 2, LocalCommunicator())


def test_a_rank_without_its_part_ends_all_with_the_same_words():
    def made(ranks):
        with pytest.raises(ConfigError, match="rank 1 has 0 parts and runs 1 of 2 workers"):
            own_parts([] if ranks.rank else [PARTS[0]], 2, ranks)

    on_ranks(2, made)


def test_a_number_that_is_not_finite_is_named_by_part_row_and_column():
    X = np.ones((6, 2))
    X[5, 1] = np.nan
    parts = whole_as_parts(Table(X, np.arange(6)), 2)
    with pytest.raises(DataError, match="X of part 1 holds nan in row 2, column 1"):
        parts.read(1, 1, 3)
