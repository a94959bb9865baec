"""One encrypted connection."""

from __future__ import annotations

import os
import socket
import ssl

import pytest

from fastavg.communicators import RunKey
from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from tests.communicators.tcp.groups import KEY, together


def pair(first, second):
    """Both ends, by a key each."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        left = socket.create_connection(server.getsockname())
        right, _ = server.accept()
    for plain in (left, right):
        plain.settimeout(10)
    return together([
        lambda: EncryptedLink(left, first.context(server=False), server=False),
        lambda: EncryptedLink(right, second.context(server=True), server=True),
    ]), (left, right)


@pytest.fixture(params=["frames", "records"])
def ends(request, monkeypatch):
    if request.param == "records":
        # As where the package cryptography is missing.
        monkeypatch.setattr("fastavg.communicators.tcp.encrypted_link.can_seal", lambda: False)
    (left, right), _ = pair(KEY, KEY)
    yield left, right
    left.close()
    right.close()


def test_bytes_arrive_as_they_were(ends):
    left, right = ends
    sent = os.urandom(3_000_000)
    results = together([
        lambda: left.sendall(sent), lambda: right.exactly(len(sent)),
    ])
    assert results[1] == sent


def test_a_link_that_does_not_wait_says_so(ends):
    left, right = ends
    for link in ends:
        link.settimeout(0)
    with pytest.raises(BlockingIOError):
        right.recv_into(memoryview(bytearray(1)))
    piece, sent = memoryview(bytes(1 << 18)), 0
    while left.flushed:
        sent += left.send(piece)
    with pytest.raises(BlockingIOError):
        left.send(piece)
    received, into = 0, memoryview(bytearray(1 << 18))
    while received < sent:
        try:
            received += right.recv_into(into)
        except BlockingIOError:
            left.flush()
    left.flush()
    assert left.flushed
    assert received == sent


def test_a_frame_that_was_changed_ends_the_connection():
    (left, right), _ = pair(KEY, KEY)
    frame = bytearray(left._writer.seal(memoryview(b"weights")))
    frame[9] ^= 1
    left.plain.sendall(frame)
    with pytest.raises(ConnectionError, match="changed on its way"):
        right.exactly(7)
    left.close()
    right.close()


def test_the_end_of_a_connection_is_an_error(ends):
    left, right = ends
    left.sendall(b"last")
    left.close()
    assert right.exactly(4) == b"last"
    with pytest.raises(ConnectionError, match="has ended"):
        right.exactly(1)


def test_what_travels_is_not_what_was_sent():
    # A wire in the middle that keeps what passes.
    near, far = socket.socketpair()
    near_end, far_end = socket.socketpair()
    seen = []

    def carry(source, sink):
        source.settimeout(10)
        while part := source.recv(65536):
            seen.append(part)
            sink.sendall(part)
            if b"end of the test" in b"".join(seen):
                return

    class Untouched(socket.socket):
        def setsockopt(self, *_):
            return

    def link(plain, server):
        plain = Untouched(fileno=plain.detach())
        plain.settimeout(10)
        return EncryptedLink(plain, KEY.context(server=server), server=server)

    def send():
        made = link(near, False)
        made.sendall(b"weights" * 100)
        answer = made.exactly(2)
        made.close()
        return answer

    def receive():
        made = link(far_end, True)
        received = made.exactly(700)
        made.sendall(b"ok")
        made.close()
        return received

    results = together([
        send, receive, lambda: carry(far, near_end), lambda: carry(near_end, far),
    ])
    assert results[:2] == [b"ok", b"weights" * 100]
    assert b"weights" not in b"".join(seen)
    far.close()
    near_end.close()


@pytest.mark.parametrize("server", [False, True])
def test_another_key_is_refused_on_both_ends(server):
    keys = (KEY, RunKey.make()) if server else (RunKey.make(), KEY)
    results, plain = pair(*keys)
    assert isinstance(results[0], ssl.SSLCertVerificationError)
    assert isinstance(results[1], OSError)
    for each in plain:
        each.close()
