"""Cuts: every row in one part, empty parts refused."""

import pytest

from fastavg.data.partitions import Cut, even_cut
from fastavg.errors import ConfigError


@pytest.mark.parametrize("n_rows", [8, 9, 100, 1001])
@pytest.mark.parametrize("parts", [1, 3, 8])
def test_even_parts_differ_by_a_row_and_hold_all(n_rows, parts):
    cut = even_cut(n_rows, parts)
    assert (len(cut.sizes), cut.n_rows, cut.held_rows) == (parts, n_rows, n_rows)
    assert max(cut.sizes) - min(cut.sizes) <= 1


def test_rows_are_numbered_from_the_first_part_that_is_here():
    cut = Cut((4, 3, 2, 1), range(1, 4))
    assert [cut.start(part) for part in cut.held] == [0, 3, 5]
    assert (cut.held_rows, cut.n_rows) == (6, 10)


def test_a_part_without_rows_is_refused_by_number():
    with pytest.raises(ConfigError, match="part 1 of 3 has no rows; every worker needs some"):
        Cut((2, 0, 3), range(3))
    with pytest.raises(ConfigError, match="4 workers cannot share 3 training rows; 3 workers or"):
        even_cut(3, 4)
