"""Ranks of a TCP communicator that are threads of the test."""

from __future__ import annotations

import threading

from fastavg.communicators import RunKey, TCPCommunicator
from tests.communicators.tcp.ranks import free_port

KEY = RunKey.make()


def together(functions, seconds=30):
    """What each function returns, or its error, when all run at once."""
    results = [None] * len(functions)

    def one(number):
        try:
            results[number] = functions[number]()
        except Exception as error:
            results[number] = error

    threads = [
        threading.Thread(target=one, args=(number,), daemon=True)
        for number in range(len(functions))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive()
    return results


def on_ranks(size, function):
    """What ``function(communicator)`` returns on each rank, or its error."""
    port = free_port()

    def rank_of(rank):
        def go():
            communicator = TCPCommunicator(f"127.0.0.1:{port}", rank, size, KEY, 20)
            try:
                return function(communicator)
            finally:
                communicator.close()
        return go

    return together([rank_of(rank) for rank in range(size)])
