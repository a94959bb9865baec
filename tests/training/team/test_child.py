"""How a process has ended, in words."""

import signal

import pytest

from fastavg.training.team.child import exit_words


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_has_its_name(number):
    assert exit_words(-number) == number.name


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (3, "exit code 3"), (-200, "signal 200"), (None, "an unknown end")],
)
def test_everything_else_has_its_number(code, words):
    assert exit_words(code) == words
