"""The door of a rank: who has no key is refused, logged, and disturbs nobody."""

from __future__ import annotations

import contextlib
import logging
import socket
import ssl
import time

import pytest

from fastavg.communicators import RunKey
from fastavg.communicators.tcp.admission import Admission, connect_to, receive_note, send_note
from tests.communicators.tcp.groups import KEY

ENDS = (ssl.SSLError, ConnectionError)


@pytest.fixture
def door():
    made = Admission("127.0.0.1", 0, KEY)
    yield made
    made.close()


def logged(caplog, words):
    """Whether it comes to be in the log."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if any(words in record.getMessage() for record in caplog.records):
            return True
        time.sleep(0.01)
    return False


def admitted(door, **hello):
    """Both ends of a connection of one who has the key."""
    link = connect_to(door.address, KEY.context(server=False), time.monotonic() + 10)
    send_note(link, hello)
    other, heard = door.next(10)
    assert heard == hello
    return link, other


def test_who_has_the_key_is_let_in_and_notes_travel_both_ways(door):
    link, other = admitted(door, rank=1)
    send_note(other, {"peers": ["é", 2]})
    assert receive_note(link) == {"peers": ["é", 2]}
    link.close()
    other.close()


def plain_text(address):
    with socket.create_connection(address) as intruder:
        intruder.settimeout(10)
        with contextlib.suppress(ConnectionError):
            intruder.sendall(b"GET / HTTP/1.1\r\n\r\n")
            while intruder.recv(4096):
                continue


def other_key(address):
    with pytest.raises(ssl.SSLCertVerificationError):
        connect_to(address, RunKey.make().context(server=False), time.monotonic() + 10)


def no_key(address):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(address) as plain:
        plain.settimeout(10)
        # The handshake looks complete from here, and the answer is an alert.
        with context.wrap_socket(plain) as link, pytest.raises(ENDS):
            link.recv(1)


def key_not_trusted_by_it(address):
    # It shows a certificate, of its own.
    context = RunKey.make().context(server=False)
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(address) as plain:
        plain.settimeout(10)
        with context.wrap_socket(plain) as link, pytest.raises(ENDS):
            link.recv(1)


@pytest.mark.parametrize("intrude", [plain_text, other_key, no_key, key_not_trusted_by_it])
def test_who_has_not_is_refused_and_logged_and_the_next_is_let_in(door, caplog, intrude):
    with caplog.at_level(logging.WARNING):
        intrude(door.address)
        assert logged(caplog, "was refused: it does not have the key of this run")
    for link in admitted(door, rank=2):
        link.close()
    assert door.next(0) is None


def test_who_says_nothing_keeps_nobody_waiting(door):
    with socket.create_connection(door.address):
        for link in admitted(door, rank=3):
            link.close()


def test_who_comes_when_all_are_there_is_sent_away(door, caplog):
    door.complete()
    with caplog.at_level(logging.WARNING):
        plain_text(door.address)
        assert logged(caplog, "was refused: all ranks are there")


def test_an_address_that_no_interface_has_means_all_of_them():
    # Of a range that is set aside for documentation.
    door = Admission("192.0.2.1", 0, KEY)
    host, port = door.address
    assert host == "0.0.0.0"
    socket.create_connection(("127.0.0.1", port)).close()
    door.close()
    door.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_nobody_at_the_address_is_waited_for_until_the_deadline():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    with pytest.raises(TimeoutError):
        connect_to(address, KEY.context(server=False), time.monotonic() + 0.2)
