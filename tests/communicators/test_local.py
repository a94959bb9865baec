"""The communicator of one host keeps every promise alone."""

import pytest

from fastavg.communicators import LocalCommunicator
from tests.communicators.conformance import PROMISES, closing_twice_is_harmless


@pytest.mark.parametrize("promise", [*PROMISES, closing_twice_is_harmless])
def test_promise(promise):
    promise(LocalCommunicator())
