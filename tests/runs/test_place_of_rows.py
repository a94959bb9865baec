import numpy as np
import pytest

from fastavg.data.large_tables.frame_files import LARGE
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions
from fastavg.runs.place_of_rows import stays_on_disk


def file_of(folder, name, size):
    """A .npy file, or one with nothing in it, that is so long without taking room on the disk."""
    path = folder / name
    with path.open("wb") as file:
        if name.endswith(".npy"):
            np.save(file, np.zeros((2, 2)))
        file.truncate(size)
    return path


def place(path, rows_from="auto", hidden=None, **options):
    given = {} if hidden is None else {"network": {"hidden": hidden}}
    return stays_on_disk(given, DataOptions(path, rows_from=rows_from), TableOptions(**options))


@pytest.mark.parametrize(("name", "size", "disk"), [
    ("X.npy", LARGE + 1, True), ("X.npy", LARGE, False), ("X.parquet", LARGE + 1, True),
    ("X.csv", LARGE + 1, False),
])
def test_large_files_that_can_be_read_in_parts_stay_on_disk(tmp_path, name, size, disk):
    assert place(file_of(tmp_path, name, size)) is disk


def test_sizes_of_several_files_are_added(tmp_path):
    for number in range(3):
        file_of(tmp_path, f"part{number}.parquet", LARGE // 2)
    assert place(str(tmp_path / "*.parquet"))
    assert not place(tmp_path / "part0.parquet")


@pytest.mark.parametrize("options", [
    {"cv": 3}, {"group": "house"}, {"test": "later.parquet"}, {"quantiles": "0.1,0.9"},
    {"hidden": "auto"},
])
def test_options_that_need_all_rows_take_them_into_memory(tmp_path, options):
    assert not place(file_of(tmp_path, "X.parquet", LARGE + 1), **options)


def test_a_run_that_is_kept_reads_its_rows_into_memory(tmp_path):
    data = DataOptions(file_of(tmp_path, "X.parquet", LARGE + 1))
    assert not stays_on_disk({}, data, TableOptions(), keeps_run=True)
    asked = DataOptions(data.file, rows_from="disk")
    assert stays_on_disk({}, asked, TableOptions(), keeps_run=True)


def test_what_was_asked_for_is_done(tmp_path):
    assert not place(file_of(tmp_path, "X.npy", LARGE + 1), "memory")
    assert place(file_of(tmp_path, "y.npy", 200), "disk")


def test_a_file_that_is_not_there_is_left_to_whoever_reads_it(tmp_path):
    assert not place(tmp_path / "nothing.parquet")
