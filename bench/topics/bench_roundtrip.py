"""The round trip: eight tasks that do nothing on two processes, beside other pools."""

from __future__ import annotations

from bench.interleaved import alternate
from bench.participants import Participant
from bench.peers.empty_round import PROCESSES, ROUNDS, WORKERS
from bench.peers.processes import Missing
from bench.workloads import WORKLOADS

LIBRARIES = {"multiprocessing.Pool": "pool", "joblib": "joblib", "fastavg": "fastavg"}


def bench_empty_round(benchmark, peers, keep, turns, quick):
    participants = {
        name: Participant("empty_round", option, 0) for name, option in LIBRARIES.items()
    }
    missing = {}
    for name, participant in list(participants.items()):
        try:
            peers.prepare(participant, WORKLOADS["b"].tiny() if quick else WORKLOADS["b"])
        except Missing as reason:
            missing[name] = str(reason)
            del participants[name]
    turn = {
        name: lambda participant=participant: peers.turn(participant)[0] / ROUNDS
        for name, participant in participants.items()
    }
    taken = alternate(benchmark, turn.pop("fastavg"), turn, turns(7), "fastavg")
    keep("round trip", topic="round trip", turns=taken, missing=missing,
         workers=WORKERS, processes=PROCESSES)
