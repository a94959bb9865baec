"""Signals to a program that watches for them."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PROGRAM = """
import signal, sys, time
from fastavg_cli.process import interrupts
# Whatever the tests' own starter ignores, as nohup does.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
interrupts.watch()
{}
{}
"""
READY = 'print("ready", flush=True)'
WAIT = "time.sleep(60)"
# Ready only once the exception is caught: the signal comes at once.
CATCH = """
try:
    print("ready", flush=True)
    time.sleep(60)
except interrupts.Stopped as stop:
    print(interrupts.last_line(stop.number, "; all is safe"), end="", flush=True)
    sys.exit(stop.exit_code)
"""
# As a library that swallows the exception would: the watching thread has to leave.
SWALLOW = """
said = False
while True:
    try:
        if not said:
            said = True
            print("ready", flush=True)
        time.sleep(60)
    except BaseException:
        pass
"""


def ended(before, then, *numbers):
    if READY not in then:
        then = f"{READY}\n{then}"
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(before, then)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        for number in numbers:
            process.send_signal(number)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    return process.returncode, out, err


@pytest.mark.timeout(100)
@pytest.mark.parametrize(("number", "code", "word"), [
    (signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated"),
    (signal.SIGHUP, 129, "hung up"),
])
def test_the_first_signal_is_an_exception_with_the_shells_code(number, code, word):
    assert ended("", CATCH, number) == (code, f"fastavg: {word}; all is safe\n", "")


@pytest.mark.timeout(100)
def test_a_program_that_does_not_come_to_an_end_is_left():
    assert ended("", SWALLOW, signal.SIGINT) == (130, "", "fastavg: interrupted\n")


@pytest.mark.timeout(100)
def test_after_the_work_is_done_a_signal_ends_at_once():
    assert ended("interrupts.leave_at_once()", WAIT, signal.SIGTERM) == (143, "", "")


@pytest.mark.timeout(100)
def test_what_the_caller_ignores_stays_ignored():
    program = "signal.signal(signal.SIGHUP, signal.SIG_IGN); interrupts.watch()"
    code, out, _ = ended(program, CATCH, signal.SIGHUP, signal.SIGINT)
    assert (code, out) == (130, "fastavg: interrupted; all is safe\n")


@pytest.mark.timeout(100)
def test_the_last_line_is_said_once():
    then = "sys.stderr.write(repr([interrupts.last_line(2) for _ in range(2)]))"
    assert ended("", then) == (0, "", r"['fastavg: interrupted\n', '']")


def test_a_signal_within_the_import_of_ranks_ends_the_program_as_any_other():
    # What the import system leaves in sys.modules until the module has run.
    program = """
import sys, types
from fastavg_cli.process import interrupts
for name in ("mpi.abort", "tcp.tcp_communicator"):
    name = f"fastavg.communicators.{name}"
    sys.modules[name] = types.ModuleType(name)
interrupts._go(130)
"""
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stderr) == (130, "")
