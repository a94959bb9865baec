"""Files that Spark cannot read, in one sentence in place of the stack of a stage."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from fastavg.errors import DataError

# Spark's own names of such errors, the file, and what is wrong with it.
CONDITION = re.compile(
    r"\[(?:FAILED_READ_FILE|CANNOT_READ_FILE|PARQUET_TYPE|CORRUPT)[A-Z_.]*\]\s*([^\n]+)"
)
STATE = re.compile(r"\s*SQLSTATE: \w+\s*$")


@contextmanager
def reading() -> Iterator[None]:
    """Within it rows are read by Spark.

    Raises
    ------
    DataError
        If Spark cannot read a file; names it, and the column where Spark does.
    """
    try:
        yield
    except Exception as error:
        said = said_of_file(str(error))
        if said:
            raise DataError(said) from error
        raise


def said_of_file(text: str) -> str:
    r"""What Spark says of a file that it cannot read, in one sentence.

    Parameters
    ----------
    text : str
        The message of an error of Spark.

    Returns
    -------
    str
        Empty if it is about something else.

    Examples
    --------
    >>> said_of_file("Job aborted: [FAILED_READ_FILE.NO_HINT] Encountered error while reading "
    ...              "file /a.parquet. SQLSTATE: KD001\n at org.apache.spark")
    'Spark cannot read a file: Encountered error while reading file /a.parquet.'
    """
    found = CONDITION.findall(text)
    return f"Spark cannot read a file: {STATE.sub('', found[-1]).strip()}" if found else ""
