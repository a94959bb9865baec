"""Solvers that go wrong for real, in whichever process they run."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from fastavg.solvers import SGD


@dataclass(frozen=True)
class KillsItself(SGD):
    """Ends its own process without a word, the first ``times`` times that it trains.

    ``deaths`` is a file that grows by one byte with every death.
    """

    deaths: str = ""
    times: int = 1

    def train(self, job):
        outcome = super().train(job)
        with open(self.deaths, "ab") as file:
            if file.tell() < self.times:
                file.write(b".")
                file.flush()
                os.kill(os.getpid(), signal.SIGKILL)
        return outcome


@dataclass(frozen=True)
class Raises(SGD):
    """Fails at a given step of the run."""

    at_step: int = 0

    def train(self, job):
        if job.first_step >= self.at_step:
            raise ZeroDivisionError("the answer is not a number")
        return super().train(job)


def die_once(name, round, worker):
    """A listener of failpoints: the first process that begins a task of round 1 is killed."""
    if name == "task" and round == 1:
        try:
            os.close(os.open(os.environ["FASTAVG_TEST_DEATHS"], os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def kill_rank_one(name, round, worker):
    """A listener of failpoints: rank 1 is killed when three rounds are complete."""
    if name == "committed" and round == 2 and os.environ.get("PMI_RANK") == "1":
        os.kill(os.getpid(), signal.SIGKILL)
