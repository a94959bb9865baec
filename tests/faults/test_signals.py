"""Signals end the command within a second and a line or two; a library call they only pass."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from fastavg import MLPClassifier
from fastavg.training.checkpoints.file import load_checkpoint
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import RoundFinished
from tests.faults import subject
from tests.faults.harness import COMMAND, Program

TRAIN = [*COMMAND, "train", "--workers", "4", "--processes", "2", "--quiet", "--epochs", "400"]
# Generous, for a machine that does much else: nothing here measures time.
SECONDS = 10.0


def start(tmp_path, fault, *options, **environment):
    """``fastavg train`` that waits at a failpoint."""
    program = Program([*TRAIN, *options], fault, tmp_path, **environment)
    while fault and not (tmp_path / "struck-0-0").exists():
        assert program.process.poll() is None
        time.sleep(0.01)
    return program


def check(program, code, lines=2):
    ended = program.end(SECONDS)
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert "Traceback" not in ended.err
    assert 1 <= len(ended.err.splitlines()) <= lines
    assert program.leftovers() == []
    return ended.err


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_in_a_round_leaves_a_checkpoint(number, code, tmp_path):
    saved = tmp_path / "run.checkpoint"
    program = start(tmp_path, "trained@round=5:sleep=30", "--checkpoint", str(saved))
    program.signal(number)
    said = check(program, code)
    assert f"{saved} holds 5 complete rounds" in said
    assert load_checkpoint(saved).state.rounds == 5


def test_a_hangup_that_nohup_ignores_stays_ignored(tmp_path):
    program = Program(["nohup", *TRAIN[:-1], "40"], "committed@round=3:sleep=1", tmp_path)
    while not (tmp_path / "struck-0-0").exists():
        assert program.process.poll() is None
        time.sleep(0.01)
    program.signal(signal.SIGHUP)
    assert program.end().code == 0
    assert program.leftovers() == []


def test_ctrl_c_reaches_the_whole_group(tmp_path):
    program = start(tmp_path, "committed@round=3:sleep=0.3")
    program.signal(signal.SIGINT, group=True)
    assert check(program, 130) == "fastavg: interrupted\n"


def test_a_second_ctrl_c_does_not_wait(tmp_path):
    # As if a disk did not answer: a write is waited for, but not against the user's will.
    program = start(tmp_path, "file-half:deaf=60", "--checkpoint", str(tmp_path / "run"))
    program.signal(signal.SIGINT)
    time.sleep(0.2)
    program.signal(signal.SIGINT)
    check(program, 130)


@pytest.mark.parametrize("delay", [0.15, 0.5, 1.0])
def test_ctrl_c_while_everything_is_loaded(delay, tmp_path):
    program = Program(TRAIN)
    time.sleep(delay)
    program.signal(signal.SIGINT, group=True)
    check(program, 130)


def test_ctrl_c_while_compiling(tmp_path):
    program = Program([*TRAIN], FASTAVG_CACHE_DIR=str(tmp_path / "cache"))
    while not list((tmp_path / "cache").rglob("*.kernel")):
        assert program.process.poll() is None
        time.sleep(0.01)
    program.signal(signal.SIGINT, group=True)
    check(program, 130)


def test_a_reader_that_goes_away(tmp_path):
    program = Program([*TRAIN, "--json"])
    program.process.stdout.readline()
    program.process.stdout.close()
    said = program.process.stderr.read()
    assert (program.process.wait(60), said) == (141, "")
    program.process.stderr.close()
    assert program.leftovers() == []


class Press:
    """Presses Ctrl-C after some rounds."""

    def __init__(self, round):
        self.round = round

    def on_event(self, event):
        if isinstance(event, RoundFinished) and event.round == self.round:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture
def ctrl_c():
    """Python's own answer to Ctrl-C, also where tests were started in the background of a shell.

    Such a shell has its programs ignore Ctrl-C, and Python leaves it at that.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("processes", [1, 2])
def test_a_library_call_passes_keyboard_interrupt_on(processes, tmp_path, nothing_left, ctrl_c):
    handler = signal.getsignal(signal.SIGINT)
    data, path = subject.digits(), tmp_path / "run"
    straight = subject.train(data)
    with pytest.raises(KeyboardInterrupt):
        subject.train(data, processes, Checkpoints(path), [Press(4)])
    assert signal.getsignal(signal.SIGINT) is handler
    assert load_checkpoint(path).state.rounds >= 4
    again = Checkpoints(path, resume="auto")
    assert subject.train(data, processes, again)["sha256"] == straight["sha256"]


def test_the_callers_own_handler_is_called_and_stays():
    heard = []
    before = signal.signal(signal.SIGINT, lambda number, frame: heard.append(number))
    ours = signal.getsignal(signal.SIGINT)
    try:
        data = subject.digits()
        assert subject.train(data, 2, observers=[Press(2)]) == subject.train(data)
        assert heard == [signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is ours
    finally:
        signal.signal(signal.SIGINT, before)


def test_training_in_a_thread_that_ends():
    found, data = [], subject.digits()
    for _ in range(2):
        thread = threading.Thread(target=lambda: found.append(subject.train(data, 2)))
        thread.start()
        thread.join()
    assert found == [subject.train(data)] * 2


def test_two_threads_train_at_once():
    found, data = [], subject.digits()
    threads = [
        threading.Thread(target=lambda: found.append(subject.train(data, 2))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [subject.train(data)] * 2


def test_an_interrupted_estimator_is_unfitted_and_fits_again(ctrl_c):
    X = np.random.default_rng(0).normal(size=(200, 5))
    model = MLPClassifier((4,), max_iter=100000, n_iter_no_change=100000, workers=2)
    timer = threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, X[:, 0] > 0)
    assert not hasattr(model, "weights_")
    model.set_params(max_iter=3).fit(X, X[:, 0] > 0)
    assert model.n_iter_ == 3


def test_a_script_from_standard_input():
    code = ("from fastavg import MLPClassifier; import numpy as np; X = np.eye(40); "
            "print(MLPClassifier((3,), workers=2, processes=2, max_iter=2).fit(X, X[0]).n_iter_)")
    ended = subprocess.run(
        [sys.executable, "-W", "ignore", "-"], input=code, capture_output=True, text=True,
        check=True,
    )
    assert (ended.stdout, ended.stderr) == ("2\n", "")
