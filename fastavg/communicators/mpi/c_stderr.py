"""Silence what C code writes to standard error, but not what Python does.

The MPI library writes a page of its own when a collective fails because another rank has died,
and no variable of it turns that off.  It writes through the C library's ``stderr``, which is a
pointer; Python writes to the descriptor.
"""

from __future__ import annotations

import ctypes


class LibraryOutput:
    """The C library's ``stderr``, which can be closed for a while.

    Where the C library keeps it elsewhere, nothing is silenced.

    Examples
    --------
    >>> output = LibraryOutput()
    >>> output.silence()
    >>> output.restore()
    """

    def __init__(self) -> None:
        self._stream: ctypes.c_void_p | None = None
        try:
            library = ctypes.CDLL(None)
            library.fopen.restype = ctypes.c_void_p
            silent = library.fopen(b"/dev/null", b"we")
            if silent:
                self._stream = ctypes.c_void_p.in_dll(library, "stderr")
                self._usual, self._silent = self._stream.value, silent
        except (AttributeError, OSError, TypeError, ValueError):
            return

    def silence(self) -> None:
        """Drop what is written from now on."""
        if self._stream is not None:
            self._stream.value = self._silent

    def restore(self) -> None:
        """Write to where it was written before."""
        if self._stream is not None:
            self._stream.value = self._usual
