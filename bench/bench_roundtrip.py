"""The round trip: eight tasks that do nothing on two processes, beside other pools."""

from __future__ import annotations

from bench.crew import Missing
from bench.peers.emptyround import PROCESSES, ROUNDS, WORKERS
from bench.roster import Member
from bench.turns import alternate
from bench.works import WORKS

LIBRARIES = {"multiprocessing.Pool": "pool", "joblib": "joblib", "fastavg": "fastavg"}


def bench_empty_round(benchmark, crew, keep, turns, quick):
    members = {name: Member("emptyround", option, 0) for name, option in LIBRARIES.items()}
    missing = {}
    for name, member in list(members.items()):
        try:
            crew.prepare(member, WORKS["b"].tiny() if quick else WORKS["b"])
        except Missing as reason:
            missing[name] = str(reason)
            del members[name]
    turn = {
        name: lambda member=member: crew.turn(member)[0] / ROUNDS
        for name, member in members.items()
    }
    taken = alternate(benchmark, turn.pop("fastavg"), turn, turns(7), "fastavg")
    keep("round trip", topic="round trip", turns=taken, missing=missing,
         workers=WORKERS, processes=PROCESSES)
