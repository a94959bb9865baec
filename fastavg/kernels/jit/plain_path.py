"""A search path that can be asked what is installed.

Python takes no notice of entries of ``sys.path`` that are no strings.  importlib.metadata, which
knows the versions and the extensions of installed packages, fails at them.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def plain_search_path() -> Iterator[None]:
    """Leave out of ``sys.path``, for as long as this lasts, what Python ignores there.

    Examples
    --------
    >>> from importlib.metadata import version
    >>> with plain_search_path():
    ...     version("numba") > "0"
    True
    """
    kept = sys.path
    plain = [entry for entry in kept if isinstance(entry, str) and "\0" not in entry]
    if len(plain) == len(kept):
        yield
        return
    sys.path = plain
    try:
        yield
    finally:
        sys.path = kept
