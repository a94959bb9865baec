"""Communicators are found by name."""

import pytest

from fastavg.communicators import LocalCommunicator, ThreadedCommunicator, connect
from fastavg.errors import ConfigError


def test_none_and_local_are_the_local_one():
    assert isinstance(connect(None), LocalCommunicator)
    assert isinstance(connect("local"), LocalCommunicator)


def test_a_communicator_is_itself():
    communicator = ThreadedCommunicator.group(1)[0]
    assert connect(communicator) is communicator


def test_unknown_names_are_refused():
    with pytest.raises(ConfigError, match=r"communicator 'pigeon' is unknown; choose .*local"):
        connect("pigeon")


def test_tcp_says_what_it_needs():
    with pytest.raises(ConfigError, match="tcp needs an address, a rank, a size and a key"):
        connect("tcp")
