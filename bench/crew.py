"""The processes of the libraries: started when first needed, asked one after the other."""

from __future__ import annotations

import dataclasses
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.roster import ROSTER, Member
from bench.works import Work
from fastavg.training.team.environment import THREAD_VARIABLES

ROOT = Path(__file__).parents[1]
# Threads of the library that has just worked may still spin for a moment.
PAUSE = 0.05
PATIENCE = 300.0
INHERITED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
ONE_THREAD_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class Missing(Exception):
    """A library that does not take part, and why."""


def environment(member: Member) -> dict[str, str]:
    """One thread for every library or as many as processors, before anything is imported."""
    threads = str(member.threads or len(os.sched_getaffinity(0)))
    made = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, threads), "PYTHONPATH": str(ROOT)}
    if member.threads == 1:
        made["XLA_FLAGS"] = ONE_THREAD_XLA
    if not member.inherits:
        for name in INHERITED:
            made.pop(name, None)
    return made


class Crew:
    """Starts, asks and stops; a library that fails once is out for that work."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self._processes: dict[Member, subprocess.Popen[str]] = {}
        self._absent: dict[Member, str] = {}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *error: object) -> None:
        self.dismiss()
        self._errors.close()

    def prepare(self, name: str | Member, work: Work, warm: bool = True) -> float | None:
        """Load the rows and compile; the loss of the first epoch.

        Raises
        ------
        Missing
            If the library is not installed or cannot do it.
        """
        plain = dataclasses.asdict(work)
        return self._ask(name, {"do": "prepare", "work": plain, "warm": warm}).get("loss")

    def turn(self, name: str | Member, epochs: int = 1) -> tuple[float, float]:
        """Seconds of an epoch (the median of the turn) and the last loss."""
        time.sleep(PAUSE)
        said = self._ask(name, {"do": "turn", "epochs": epochs})
        return median(said["seconds"]), said["loss"]

    def accuracy(self, name: str | Member) -> float:
        return float(self._ask(name, {"do": "accuracy"})["accuracy"])

    def dismiss(self, *names: str | Member) -> None:
        """Stop some processes, or all, and wait until they are gone."""
        members = [_member(name) for name in names] or list(self._processes)
        leaving = [self._processes.pop(each) for each in members if each in self._processes]
        for process in leaving:
            assert process.stdin
            process.stdin.close()
        for process in leaving:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            assert process.stdout
            process.stdout.close()

    def _ask(self, name: str | Member, order: dict[str, Any]) -> dict[str, Any]:
        member = _member(name)
        process = self._process(member)
        assert process.stdin
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Missing("its process died") from None
        return self._answer(member, process)

    def _process(self, member: Member) -> subprocess.Popen[str]:
        if member in self._absent:
            raise Missing(self._absent[member])
        if member not in self._processes:
            command = [sys.executable, "-m", "bench.peers", *map(str, member[:3])]
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment(member), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            )
            self._processes[member] = process
            try:
                self.versions |= self._answer(member, process)["versions"]
            except Missing as reason:
                self._absent[member] = str(reason)
                raise
        return self._processes[member]

    def _answer(self, member: Member, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else ""
        if not line:
            process.kill()
            self.dismiss(member)
            self._errors.seek(0)
            last = (self._errors.read().strip().splitlines() or [""])[-1][:200]
            raise Missing(f"its process died: {last}" if ready else "no answer in time")
        said: dict[str, Any] = json.loads(line)
        if "missing" in said:
            raise Missing(said["missing"])
        return said


def _member(name: str | Member) -> Member:
    return ROSTER[name] if isinstance(name, str) else name
