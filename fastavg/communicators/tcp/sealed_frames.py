"""Large encrypted frames in place of TLS records: AES-256-GCM, a key for each direction.

A record of TLS holds 16 KiB and costs a call from Python to the library and back; a frame holds
:data:`LARGEST` and costs as much.  Each end of a connection draws a key for what it sends
and says it to the other end by TLS; nobody else ever has it.

.. code-block:: text

    length, 4 bytes | ciphertext | tag, 16 bytes        the nonce is the number of the frame

Length and number are authenticated, so that a frame that is changed, left out, repeated or
moved is refused.
"""

from __future__ import annotations

import struct
from typing import Any

KEY_BYTES, TAG_BYTES, LARGEST = 32, 16, 1 << 18
HEADER = struct.Struct("<I")
NONCE = struct.Struct("<QI")
OVERHEAD = HEADER.size + TAG_BYTES
# Frames that are taken from the system at once.
FRAMES_AT_ONCE = 4


def can_seal() -> bool:
    """Whether the package cryptography is there, in a version that seals in place."""
    try:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    except ImportError:
        return False
    return hasattr(AESGCM, "encrypt_into")


class FrameWriter:
    """Makes frames of what one end sends.

    Parameters
    ----------
    key : bytes
        32, drawn for this direction of this connection.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher: Any = _cipher(key)
        self._frame = memoryview(bytearray(LARGEST + OVERHEAD))
        self._sent = 0

    def seal(self, piece: memoryview) -> memoryview:
        """A frame; it lies in memory that the next one takes.

        Parameters
        ----------
        piece : memoryview
            1 to :data:`LARGEST` bytes.

        Returns
        -------
        memoryview
            ``OVERHEAD`` bytes longer.
        """
        HEADER.pack_into(self._frame, 0, len(piece))
        end = len(piece) + OVERHEAD
        self._cipher.encrypt_into(
            NONCE.pack(self._sent, 0), piece, self._frame[: HEADER.size],
            self._frame[HEADER.size : end],
        )
        self._sent += 1
        return self._frame[:end]


class FrameReader:
    """Opens the frames of the other end, in whatever pieces they arrive.

    Parameters
    ----------
    key : bytes
        The other end's.
    first : bytes, default b""
        What has arrived already.
    """

    def __init__(self, key: bytes, first: bytes = b"") -> None:
        self._cipher: Any = _cipher(key)
        size = FRAMES_AT_ONCE * (LARGEST + OVERHEAD)
        self._arrived = memoryview(bytearray(max(size, len(first))))
        self._arrived[: len(first)] = first
        self._begin, self._end = 0, len(first)
        self._opened = memoryview(bytearray(LARGEST))
        self._rest = self._opened[:0]
        self._received = 0

    @property
    def space(self) -> memoryview:
        """Where the next bytes belong; never empty."""
        return self._arrived[self._end :]

    def arrived(self, count: int) -> None:
        """So many bytes were written to :attr:`space`.

        Parameters
        ----------
        count : int
            At least 1.
        """
        self._end += count

    def take(self, into: memoryview) -> int:
        """Hand out the beginning of what has arrived whole.

        Parameters
        ----------
        into : memoryview
            Where to; not empty.

        Returns
        -------
        int
            How many bytes that were; 0 if no frame is complete.

        Raises
        ------
        ConnectionError
            If a frame is not as the other end made it.
        """
        if self._rest:
            return self._hand_out(into)
        ready = self._end - self._begin
        if ready < HEADER.size:
            self._make_room(OVERHEAD)
            return 0
        (length,) = HEADER.unpack_from(self._arrived, self._begin)
        if not 0 < length <= LARGEST:
            raise ConnectionError("a frame has an impossible length")
        if ready < length + OVERHEAD:
            self._make_room(length + OVERHEAD)
            return 0
        if length <= len(into):
            # The numbers arrive where they are wanted.
            self._open(length, into[:length])
            return int(length)
        self._open(length, self._opened[:length])
        self._rest = self._opened[:length]
        return self._hand_out(into)

    def _open(self, length: int, into: memoryview) -> None:
        from cryptography.exceptions import InvalidTag

        head = self._arrived[self._begin : self._begin + HEADER.size]
        sealed = self._arrived[self._begin + HEADER.size : self._begin + OVERHEAD + length]
        try:
            self._cipher.decrypt_into(NONCE.pack(self._received, 0), sealed, head, into)
        except InvalidTag:
            raise ConnectionError("a frame was changed on its way") from None
        self._received += 1
        self._begin += length + OVERHEAD
        if self._begin == self._end:
            self._begin = self._end = 0

    def _hand_out(self, into: memoryview) -> int:
        count = min(len(into), len(self._rest))
        into[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def _make_room(self, needed: int) -> None:
        if len(self._arrived) - self._begin < needed:
            left = bytes(self._arrived[self._begin : self._end])
            self._arrived[: len(left)] = left
            self._begin, self._end = 0, len(left)


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)
