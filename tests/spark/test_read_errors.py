"""What Spark says of a file becomes one sentence, and everything else stays as it is."""

from __future__ import annotations

import pytest

from fastavg.errors import DataError
from fastavg.spark.read_errors import reading, said_of_file

STACK = (
    "Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most recent failure: "
    "org.apache.spark.SparkException: [FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH] "
    "Encountered error while reading file file:///b.parquet. Data type mismatches when reading "
    "Parquet column [x]. Expected Spark type double, actual Parquet type BINARY. SQLSTATE: KD001\n"
    "\tat org.apache.spark.sql.errors\n"
)


def test_the_file_and_the_column_are_named_in_one_line():
    with pytest.raises(DataError) as error, reading():
        raise RuntimeError(STACK)
    assert str(error.value) == (
        "Spark cannot read a file: Encountered error while reading file file:///b.parquet. Data "
        "type mismatches when reading Parquet column [x]. Expected Spark type double, actual "
        "Parquet type BINARY."
    )


def test_other_errors_stay_as_they_are():
    assert said_of_file("Job aborted: [DIVIDE_BY_ZERO] Division by zero.") == ""
    with pytest.raises(KeyError, match="a key"), reading():
        raise KeyError("a key")
