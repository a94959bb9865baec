"""Numba's flags of a kernel, which numba compares time and again."""

from __future__ import annotations

from typing import Any

from numba.core import compiler

# Of the names of the flags alone, whatever their values.
_HASH = hash(compiler.Flags())


class KernelFlags(compiler.Flags):  # type: ignore[misc]
    """Flags that can be settled: they stay as they are, and comparing them reads one text each.

    Parameters
    ----------
    copy_from : numba flags, optional
        Values to begin with, which can be changed again.

    Examples
    --------
    >>> flags = KernelFlags()
    >>> flags.nrt = True
    >>> flags.settled() is KernelFlags(flags).settled()
    True
    """

    def __init__(self, copy_from: Any = None) -> None:
        super().__init__(copy_from)
        self._text = ""

    def settled(self) -> KernelFlags:
        """Flags with these values: one object for all that are equal."""
        self._text = self.summary()
        return _SETTLED.setdefault(self._text, self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, KernelFlags) and self._text and other._text:
            return self._text == other._text
        return bool(super().__eq__(other))

    def __hash__(self) -> int:
        return _HASH


_SETTLED: dict[str, KernelFlags] = {}
