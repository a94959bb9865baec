"""Pipes: blocking ends away from the standard streams, and descriptors that travel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from fastavg.machine.pipes import (
    above_streams,
    open_lifeline,
    open_pipe,
    receive_descriptor,
    send_descriptor,
)

pytestmark = pytest.mark.usefixtures("nothing_left")


def test_both_ends_send_and_receive():
    ours, theirs = open_pipe()
    try:
        ours.send({"a": 1})
        theirs.send_bytes(b"back")
        assert (theirs.recv(), ours.recv_bytes()) == ({"a": 1}, b"back")
    finally:
        ours.close()
        theirs.close()


def test_ends_block_also_with_a_default_timeout():
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(0.1)
    try:
        ends = open_pipe()
        assert all(os.get_blocking(end.fileno()) for end in ends)
        for end in ends:
            end.close()
    finally:
        socket.setdefaulttimeout(before)


def test_a_descriptor_travels_and_stays_open_here():
    ours, theirs = open_pipe()
    read, write = open_lifeline()
    try:
        send_descriptor(ours, write)
        received = receive_descriptor(theirs)
        assert received not in (write, read)
        assert not os.get_inheritable(received)
        os.write(received, b"through the copy")
        os.close(received)
        os.write(write, b", then here")
        assert os.read(read, 100) == b"through the copy, then here"
    finally:
        for end in (ours, theirs):
            end.close()
        os.close(read)
        os.close(write)


def test_an_end_that_is_gone_is_an_error():
    ours, theirs = open_pipe()
    theirs.close()
    with pytest.raises(OSError, match=r"(?i)broken pipe|reset"):
        send_descriptor(ours, 0)
    with pytest.raises(EOFError):
        receive_descriptor(ours)
    ours.close()


def test_descriptors_above_the_streams_stay_as_they_are():
    read, write = os.pipe()
    assert (above_streams(read), above_streams(write)) == (read, write)
    os.close(read)
    os.close(write)


def test_nothing_becomes_a_closed_standard_stream():
    program = (
        "import os\n"
        "from fastavg.machine.pipes import open_lifeline, open_pipe\n"
        "for stream in (0, 1, 2): os.close(stream)\n"
        "taken = [end.fileno() for end in open_pipe()] + list(open_lifeline())\n"
        "os._exit(min(taken))"
    )
    done = subprocess.run([sys.executable, "-c", program], timeout=60, check=False)
    assert done.returncode > 2
