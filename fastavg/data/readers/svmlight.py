"""Files of svmlight and LIBSVM: a target and the features that are not zero, in each line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import DataError


@reads(".svmlight", ".libsvm", ".svm")
def read_svmlight(path: Path, request: Request) -> Table:
    """X as a sparse matrix (scipy's CSR) and y.

    Parameters
    ----------
    path : Path
        A file of text; ``.gz`` is unpacked.
    request : Request
        Not looked at: every line begins with its target.

    Returns
    -------
    Table
        X (n_rows, n_features), sparse, of float64, and y (n_rows,); whole numbers of y as int64.

    Raises
    ------
    DataError
        If the file is damaged; names the line.
    """
    from sklearn.datasets import load_svmlight_file

    try:
        X, y = load_svmlight_file(str(path))
    except (ValueError, EOFError, OSError) as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        _find_fault(path)
        raise DataError(f"{path} is damaged, or no svmlight file at all: {error}") from None
    if not len(y):
        raise DataError(f"{path} has no rows; at least one is needed")
    whole = bool(np.all(y == np.rint(y)))
    return Table(X, y.astype(np.int64) if whole else y)


def _find_fault(path: Path) -> None:
    if path.suffix in (".gz", ".bz2"):
        return
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            target, *features = line.partition(b"#")[0].split() or [b"0"]
            for part in (target, *features):
                index, _, value = part.rpartition(b":")
                try:
                    float(value)
                    if part is not target and index != b"qid":
                        int(index)
                except ValueError:
                    raise DataError(
                        f"{path}, line {number} holds {part.decode(errors='replace')!r}; "
                        "a target and pairs such as 3:0.5 are needed"
                    ) from None
