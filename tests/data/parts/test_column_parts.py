"""Parts of columnar files: cuts at groups, and files that do not fit each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastavg.data.parts.column_parts import ColumnParts, part_ends
from fastavg.data.parts.group_files import open_groups
from fastavg.data.parts.opened_parts import open_parts
from fastavg.errors import ConfigError, DataError
from tests.data.parts.sources import NAMES, frame, rows, source, write_parquet


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=20), st.integers(1, 8))
def test_every_part_has_rows_and_ends_at_a_group_where_there_are_enough(sizes, workers):
    ends = np.cumsum(sizes).tolist()
    if workers > ends[-1]:
        with pytest.raises(ConfigError, match="workers cannot share"):
            part_ends(ends, workers)
        return
    found = part_ends(ends, workers)
    assert len(found) == workers
    assert found[-1] == ends[-1]
    assert min(np.diff([0, *found])) >= 1
    assert len(sizes) < workers or set(found) <= set(ends)


def test_even_groups_make_even_parts():
    assert part_ends(list(range(10, 170, 10)), 4) == [40, 80, 120, 160]


@pytest.mark.parametrize(("change", "said"), [
    ({"x5": "more"}, r"a.parquet has no column 'x5', which .*b.parquet has"),
    ({"x3": None}, r"b.parquet has no column 'x3', which .*a.parquet has"),
    ({"x2": "text"}, r"b.parquet, column 'x2' holds text, and in .*a.parquet numbers"),
    ({"y": "text"}, r"b.parquet, column 'y' holds text, and in .*a.parquet numbers"),
])
def test_files_with_other_columns_are_named(change, said, tmp_path):
    X, y = rows()
    write_parquet(tmp_path / "a.parquet", X, y)
    columns = {name: frame(X, y).column(name) for name in (*NAMES, "y")}
    for name, values in change.items():
        columns[name] = ["a"] * len(y) if values == "text" else y if values else None
    from pyarrow import parquet, table

    kept = {name: values for name, values in columns.items() if values is not None}
    parquet.write_table(table(kept), tmp_path / "b.parquet")
    with pytest.raises(DataError, match=said):
        open_parts(tmp_path / "*.parquet", "y", None, 2)


def test_the_bytes_of_the_largest_group_are_known_before_it_is_read(tmp_path):
    X, y = rows()
    path = write_parquet(tmp_path / "a.parquet", X, y, group=40)
    assert open_parts(path, "y", None, 2).largest_group == 40 * 5 * 4
    more = {"town": ["Ulm"] * len(y), "w": X[:, 0].astype("f8")}
    path = write_parquet(tmp_path / "b.parquet", X, y, **more)
    assert open_parts(path, "y", "w", 2).largest_group == 20 * (5 * 4 + 4)


def test_text_and_a_missing_target_are_named(tmp_path):
    X, y = rows()
    path = write_parquet(tmp_path / "a.parquet", X, y, town=["Ulm"] * len(y))
    with pytest.raises(DataError, match=r"a.parquet, column 'town' holds text; these rows are num"):
        ColumnParts([open_groups(path)], "y", None, 2)
    with pytest.raises(DataError, match=r"a.parquet, column 'town' holds text; weights are num"):
        open_parts(path, "y", "town", 2)
    with pytest.raises(ConfigError, match=r"has no column 'z'; its columns are x0, x1"):
        open_parts(path, "z", None, 2)
    with pytest.raises(ConfigError, match=r"has no target; --target names it, one of x0"):
        open_parts(path, None, None, 2)


def read_all(made):
    return [made.read(part, 0, size) for part, size in enumerate(made.sizes)]


def test_a_missing_number_is_named_by_file_row_and_column(tmp_path):
    X, y = rows()
    X[77, 3] = np.nan
    made = source("parquets", tmp_path, X=X, y=y)
    with pytest.raises(DataError, match=r"b.parquet, row 27, column 'x3' is empty; it must be a"):
        read_all(made)


def test_a_column_of_weights_is_no_feature(tmp_path):
    X, y = rows()
    path = write_parquet(tmp_path / "a.parquet", X, y, w=np.arange(len(y)) / 8)
    made = open_parts(path, "y", "w", 3)
    assert made.names == NAMES
    assert made.weighted
    tables = [made.read(part, 0, size) for part, size in enumerate(made.sizes)]
    assert np.array_equal(np.concatenate([t.weights for t in tables]), np.arange(len(y)) / 8)


@pytest.mark.parametrize(("weight", "said"), [
    (-1.0, "holds -1.0; a weight must be a number of at least 0"),
    (np.nan, "is empty; a weight must be a number of at least 0"),
])
def test_a_weight_that_is_none_is_named_by_file_row_and_column(weight, said, tmp_path):
    X, y = rows()
    weights = np.ones(len(y))
    weights[9] = weight
    path = write_parquet(tmp_path / "a.parquet", X, y, w=weights)
    with pytest.raises(DataError, match=rf"a.parquet, row 9, column 'w' {said}"):
        read_all(open_parts(path, "y", "w", 2))
