"""The first use of kernels says so in one line, and later ones say nothing."""

from __future__ import annotations

import re

import pytest

from fastavg.machine.first_use import (
    be_silent,
    compiling_words,
    prepare_kernels,
    say_compiling,
)
from tests.promises.programs import python

pytestmark = pytest.mark.timeout(200)
PROGRAM = """
import numpy as np
from fastavg import Model, Network
network = Network((2, 3))
model = Model(network, network.initial_weights(0), np.arange(3))
for rows in (2, 50):
    print(model.predict(np.zeros((rows, 2))).size)
"""


def test_the_first_prediction_on_a_machine_says_that_it_compiles(tmp_path):
    for expected in (r"fastavg: compiling the kernels, once on this machine: .* seconds\n", ""):
        ended = python(PROGRAM, FASTAVG_CACHE_DIR=str(tmp_path), FASTAVG_QUIET=None)
        assert (ended.code, ended.out) == (0, "2\n50\n"), ended.err
        assert re.fullmatch(expected, ended.err), ended.err


def test_who_is_told_hears_of_it_once(tmp_path):
    code = (
        "from fastavg.machine.first_use import prepare_kernels\nheard = []\n"
        "for _ in range(2):\n    prepare_kernels('float32', ['few bits'], heard.append)\n"
        "print(len(heard), heard[0] > 0)"
    )
    ended = python(code, FASTAVG_CACHE_DIR=str(tmp_path))
    assert (ended.code, ended.out, ended.err) == (0, "1 True\n", "")


def test_a_command_can_ask_for_silence(monkeypatch, capsys):
    monkeypatch.setattr("fastavg.machine.first_use._silent", False)
    say_compiling(2.0)
    monkeypatch.delenv("FASTAVG_QUIET")
    say_compiling(3.0)
    be_silent()
    say_compiling(4.0)
    assert capsys.readouterr().err == f"fastavg: {compiling_words(3.0)}\n"


def test_nothing_is_said_of_no_parts():
    prepare_kernels("float64", [], lambda seconds: pytest.fail("nothing is compiled"))


def test_the_words_have_at_least_a_second():
    assert compiling_words(0.2).endswith("about 1 seconds")
