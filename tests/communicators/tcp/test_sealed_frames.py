"""Frames of AES-GCM: whole, in order, and refused if anything was changed."""

from __future__ import annotations

import os

import pytest

from fastavg.communicators.tcp.sealed_frames import (
    LARGEST,
    OVERHEAD,
    FrameReader,
    FrameWriter,
    can_seal,
)

KEY = bytes(range(32))


def frames(*pieces):
    """Each piece as a frame."""
    writer = FrameWriter(KEY)
    return [bytes(writer.seal(memoryview(piece))) for piece in pieces]


def opened(data, step=1 << 20, room=LARGEST, first=b""):
    """What a reader hands out, given so many bytes at a time."""
    reader, found, data = FrameReader(KEY, first), bytearray(), memoryview(data)
    into = memoryview(bytearray(room))
    while True:
        while count := reader.take(into):
            found += into[:count]
        if not data:
            return bytes(found)
        part = data[: min(step, len(reader.space))]
        reader.space[: len(part)] = part
        reader.arrived(len(part))
        data = data[len(part) :]


def test_it_is_used_here():
    assert can_seal()


@pytest.mark.parametrize(("step", "room", "size"), [
    (1, 50, 300), (777, LARGEST, LARGEST), (LARGEST, 4096, LARGEST), (1 << 21, LARGEST, LARGEST),
])
def test_bytes_arrive_as_they_were(step, room, size):
    pieces = [b"a", os.urandom(41), os.urandom(size), b"z" * 30] * 6
    assert opened(b"".join(frames(*pieces)), step, room) == b"".join(pieces)


def test_what_has_arrived_before_is_first():
    first, second = frames(b"one", b"two")
    assert opened(second[3:], first=first + second[:3]) == b"onetwo"


def test_a_frame_is_not_what_was_sent():
    (frame,) = frames(b"weights" * 10)
    assert b"weights" not in frame
    assert len(frame) == 70 + OVERHEAD


@pytest.mark.parametrize("place", [0, 4, 30, -1])
def test_a_changed_byte_is_refused(place):
    frame = bytearray(frames(b"w" * 64)[0])
    frame[place] ^= 1
    # A shorter length leaves bytes over, a longer one lacks some.
    with pytest.raises(ConnectionError, match="changed on its way"):
        opened(bytes(frame) + bytes(8))


def test_frames_out_of_order_are_refused():
    one, two = frames(b"one", b"two")
    for wrong in (two + one, one + one):
        with pytest.raises(ConnectionError, match="changed on its way"):
            opened(wrong)


def test_an_impossible_length_is_refused():
    for length in (0, LARGEST + 1):
        with pytest.raises(ConnectionError, match="impossible length"):
            opened(length.to_bytes(4, "little") + bytes(40))


def test_another_key_opens_nothing():
    frame = bytes(FrameWriter(bytes(32)).seal(memoryview(b"secret")))
    with pytest.raises(ConnectionError, match="changed on its way"):
        opened(frame)
