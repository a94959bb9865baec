"""Programs that are ranks of one run: real processes, a deadline, and nobody left behind."""

from __future__ import annotations

import socket

from tests.communicators.mpiexec import finish, start_program


def free_port():
    """A port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def started(commands, **environment):
    """The processes of several programs."""
    return [start_program(*command, **environment) for command in commands]


def ended(processes, seconds=90):
    """How each of them ended."""
    return [finish(process, seconds) for process in processes]


def flags(rank, size, port, key):
    """Of ``fastavg train``."""
    return (
        "--communicator", "tcp", "--rendezvous", f"127.0.0.1:{port}", "--rank", str(rank),
        "--size", str(size), "--key-file", str(key),
    )
