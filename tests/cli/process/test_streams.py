"""Streams that are closed, do not block or know only ASCII; the command itself meets them here."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import fastavg
from tests.promises.programs import COMMAND, run, shell

NUMBERS = ("--workers", "1", "--processes", "1", "--epochs", "1", "--hidden", "4")


@pytest.fixture
def folder(tmp_path):
    """Data of numbers, whose score is called R², and of words beyond ASCII, with a model."""
    X = np.random.default_rng(0).normal(size=(200, 4))
    np.savez(tmp_path / "r.npz", X=X, y=X[:, 0] * 2.5)
    words = np.array(["Größe", "klein"])
    np.savez(tmp_path / "w.npz", X=X, y=words[(X[:, 0] > 0).astype(int)])
    return tmp_path


@pytest.mark.parametrize("variables", [
    {"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
], ids=["ascii", "C"])
def test_ascii_is_enough(variables, folder):
    ended = run(COMMAND, "train", "r.npz", *NUMBERS, folder=folder, **variables)
    assert ended.code == 0, ended.err
    assert "R2" in ended.out
    assert ended.out.isascii()
    assert run(COMMAND, "train", "--help", folder=folder, **variables).code == 0


def test_words_are_escaped_where_they_cannot_be_written(folder):
    ended = run(COMMAND, "train", "w.npz", *NUMBERS, "--output", "w", folder=folder)
    assert ended.code == 0, ended.err
    ended = run(COMMAND, "predict", "w", "w.npz", folder=folder, PYTHONIOENCODING="ascii")
    assert ended.code == 0
    assert set(ended.out.split()) <= {r"Gr\xf6\xdfe", "klein"}


def test_a_closed_standard_output(folder):
    ended = shell('"$FASTAVG" train r.npz "$@" --output m >&-', *NUMBERS, "--quiet", folder=folder)
    assert ended.code == 0
    assert ended.err == (
        "fastavg: standard output is closed, so nothing is shown; m holds the model\n"
    )
    fastavg.load(folder / "m")
    for command in ("train r.npz", "predict m r.npz", "evaluate m r.npz"):
        ended = shell(f'"$FASTAVG" {command} >&-', folder=folder)
        assert ended.code == 3
        assert ended.err == (
            "fastavg: standard output is closed, and the result would go there; "
            "redirect it to a file\n"
        )


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- >&- 2>&-"])
def test_any_stream_may_be_closed(closed, folder):
    script = f'"$FASTAVG" train r.npz --workers 2 --processes 2 --epochs 1 --output m {closed}'
    assert shell(script, folder=folder).code == 0
    fastavg.load(folder / "m")


def test_a_full_disk_behind_standard_output(folder):
    ended = shell('"$FASTAVG" train r.npz "$@" --quiet --output m > /dev/full', *NUMBERS,
                  folder=folder)
    assert ended.code == 3
    assert ended.err == (
        "fastavg: standard output cannot be written to: No space left on device\n"
    )
    fastavg.load(folder / "m")


def test_streams_that_do_not_block(folder):
    # Whoever shares the pipe keeps its own mode; the command waits for a slow reader.
    read, write = os.pipe()
    os.set_blocking(write, False)
    code = (
        "import sys\nfrom fastavg_cli.process.streams import prepare_streams\n"
        "prepare_streams()\nprint('x' * 300000)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdout=write, stderr=subprocess.PIPE)
    assert not os.get_blocking(write)
    os.close(write)
    with os.fdopen(read) as reader:
        assert len(reader.read()) == 300001
    assert (process.communicate(timeout=60)[1], process.returncode) == (b"", 0)
