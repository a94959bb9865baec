"""Estimators say that they compile, and their many rounds in one call stay as they are."""

from __future__ import annotations

import math
import re

import pytest

from fastavg.training.observers.compiling_line import CompilingLine
from fastavg.training.observers.events import Compiling, Finished, notify
from tests.promises.programs import python

pytestmark = pytest.mark.timeout(200)
LINE = r"fastavg: compiling the kernels, once on this machine: about \d+ seconds\n"


def test_only_compiling_is_said(capsys, monkeypatch):
    monkeypatch.delenv("FASTAVG_QUIET")
    monkeypatch.setattr("fastavg.machine.first_use._silent", False)
    line = CompilingLine()
    assert notify([line], Finished(1, 1.0)) is False
    assert notify([line], Compiling("float32", 4.4)) is False
    assert capsys.readouterr() == (
        "", "fastavg: compiling the kernels, once on this machine: about 4 seconds\n"
    )
    assert line.undisturbed_rounds() == math.inf


def test_a_first_fit_says_so_and_the_next_one_does_not(tmp_path):
    code = (
        "from fastavg import MLPClassifier\n"
        "MLPClassifier((2,), max_iter=2, random_state=0).fit([[0.0], [1.0]] * 8, [0, 1] * 8)"
    )
    for said in (LINE, ""):
        ended = python(code, FASTAVG_CACHE_DIR=str(tmp_path), FASTAVG_QUIET=None)
        assert ended.code == 0, ended.err
        assert re.fullmatch(said, ended.err), ended.err
