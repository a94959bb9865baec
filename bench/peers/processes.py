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

from bench.participants import PARTICIPANTS, Participant
from bench.workloads import Workload
from fastavg.training.team.environment import THREAD_VARIABLES

ROOT = Path(__file__).parents[2]
# Threads of the library that has just worked may still spin for a moment.
PAUSE = 0.05
PATIENCE = 300.0
INHERITED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
ONE_THREAD_XLA = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


class Missing(Exception):
    """A library that does not take part, and why."""


def environment(participant: Participant) -> dict[str, str]:
    """One thread for every library or as many as processors, before anything is imported."""
    threads = str(participant.threads or len(os.sched_getaffinity(0)))
    made = {**os.environ, **dict.fromkeys(THREAD_VARIABLES, threads), "PYTHONPATH": str(ROOT)}
    if participant.threads == 1:
        made["XLA_FLAGS"] = ONE_THREAD_XLA
    if not participant.inherits:
        for name in INHERITED:
            made.pop(name, None)
    return made


class PeerProcesses:
    """Starts, asks and stops; a library that fails once is out for that work."""

    def __init__(self) -> None:
        self.versions: dict[str, str] = {}
        self._processes: dict[Participant, subprocess.Popen[str]] = {}
        self._absent: dict[Participant, str] = {}
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115

    def __enter__(self) -> PeerProcesses:
        return self

    def __exit__(self, *error: object) -> None:
        self.dismiss()
        self._errors.close()

    def prepare(self, name: str | Participant, work: Workload, warm: bool = True) -> float | None:
        """Load the rows and compile; the loss of the first epoch.

        Raises
        ------
        Missing
            If the library is not installed or cannot do it.
        """
        plain = dataclasses.asdict(work)
        return self._ask(name, {"do": "prepare", "work": plain, "warm": warm}).get("loss")

    def turn(self, name: str | Participant, epochs: int = 1) -> tuple[float, float]:
        """Seconds of an epoch (the median of the turn) and the last loss."""
        time.sleep(PAUSE)
        said = self._ask(name, {"do": "turn", "epochs": epochs})
        return median(said["seconds"]), said["loss"]

    def accuracy(self, name: str | Participant) -> float:
        return float(self._ask(name, {"do": "accuracy"})["accuracy"])

    def dismiss(self, *names: str | Participant) -> None:
        """Stop some processes, or all, and wait until they are gone."""
        participants = [_member(name) for name in names] or list(self._processes)
        leaving = [self._processes.pop(each) for each in participants if each in self._processes]
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

    def _ask(self, name: str | Participant, order: dict[str, Any]) -> dict[str, Any]:
        participant = _member(name)
        process = self._process(participant)
        assert process.stdin
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise Missing("its process died") from None
        return self._answer(participant, process)

    def _process(self, participant: Participant) -> subprocess.Popen[str]:
        if participant in self._absent:
            raise Missing(self._absent[participant])
        if participant not in self._processes:
            command = [sys.executable, "-m", "bench.peers", *map(str, participant[:3])]
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment(participant), text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
            )
            self._processes[participant] = process
            try:
                self.versions |= self._answer(participant, process)["versions"]
            except Missing as reason:
                self._absent[participant] = str(reason)
                raise
        return self._processes[participant]

    def _answer(self, participant: Participant, process: subprocess.Popen[str]) -> dict[str, Any]:
        assert process.stdout
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = process.stdout.readline() if ready else ""
        if not line:
            process.kill()
            self.dismiss(participant)
            self._errors.seek(0)
            last = (self._errors.read().strip().splitlines() or [""])[-1][:200]
            raise Missing(f"its process died: {last}" if ready else "no answer in time")
        said: dict[str, Any] = json.loads(line)
        if "missing" in said:
            raise Missing(said["missing"])
        return said


def _member(name: str | Participant) -> Participant:
    return PARTICIPANTS[name] if isinstance(name, str) else name
