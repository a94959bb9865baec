"""What one pass over a large table finds out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fastavg.data.frame_sources import frame_of
from fastavg.data.large_tables import frame_files, table_survey
from fastavg.data.large_tables.frame_files import open_frame_files
from fastavg.data.large_tables.table_survey import Wanted, survey, train_frames
from fastavg.data.level_counts import counts_of
from fastavg.errors import ConfigError, DataError
from tests.models.tables import answers, table


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files that are read 50 rows at a time."""
    monkeypatch.setattr(frame_files, "ROWS", 50)
    frame = table(400)
    frame["y"] = answers(frame)
    frame[:170].to_parquet(tmp_path / "t0.parquet", row_group_size=60)
    frame[170:].to_parquet(tmp_path / "t1.parquet")
    return open_frame_files(tmp_path / "t*.parquet"), frame_of(frame)


def test_a_table_that_fits_is_its_own_sample(files):
    opened, whole = files
    found = survey(opened, Wanted("y"))
    assert found.sample.columns.to_pylist() == whole.select(found.sample.names).columns.to_pylist()
    assert (found.n_train, len(found.test)) == (400, 0)


def test_a_sample_has_the_extremes_and_the_holes_and_counts_are_of_all_rows(files, monkeypatch):
    opened, whole = files
    monkeypatch.setattr(table_survey, "SAMPLE_ROWS", 40)
    found = survey(opened, Wanted("y", ignore=("cabin",)))
    assert 20 < len(found.sample) < 80
    assert "cabin" not in found.sample.names
    for name in ("age", "whole", "when"):
        seen, all_rows = found.sample.numbers(name), whole.numbers(name)
        assert np.nanmin(seen) == np.nanmin(all_rows)
        assert np.nanmax(seen) == np.nanmax(all_rows)
        assert np.isnan(seen).any() == np.isnan(all_rows).any()
        assert found.missing[name] == pytest.approx(np.isnan(all_rows).mean())
    for name in ("town", "word", "paid"):
        counted, true = found.levels[name], counts_of(whole.categories(name))
        assert counted.levels == true.levels
        np.testing.assert_array_equal(counted.counts, true.counts)
        assert counted.missing == true.missing
    again = survey(opened, Wanted("y", ignore=("cabin",)))
    assert again.sample.columns.equals(found.sample.columns)


def test_rows_train_or_test(files):
    opened, whole = files
    found = survey(opened, Wanted("y", test_size=0.3))
    assert 80 < len(found.test) < 160
    trained = np.concatenate([
        numbers for numbers, _ in train_frames(opened, ["y"], found.test_rate)
    ])
    assert sorted([*trained, *found.test_numbers]) == list(range(400))
    np.testing.assert_array_equal(found.test.numbers("y"), whole.numbers("y")[found.test_numbers])
    frames = [frame.numbers("y") for _, frame in train_frames(opened, ["y"], found.test_rate)]
    np.testing.assert_array_equal(np.concatenate(frames), whole.numbers("y")[trained])
    assert found.sample.numbers("y").tolist() == np.concatenate(frames).tolist()


def test_text_that_stands_for_numbers_is_refused(tmp_path):
    parquet.write_table(pa.table({"n": ["1", "2"], "y": [0, 1]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="'n' holds text that stands for numbers"):
        survey(open_frame_files(tmp_path / "t.parquet"), Wanted("y"))


def test_no_row_is_left_to_train_on(tmp_path):
    parquet.write_table(frame_of({"n": [1.0], "y": [0]}).columns, tmp_path / "t.parquet")
    with pytest.raises(ConfigError, match="leaves none of 1 rows"):
        survey(open_frame_files(tmp_path / "t.parquet"), Wanted("y", test_size=1.0))
