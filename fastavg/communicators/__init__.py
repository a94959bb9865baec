"""Communicators: collective operations between ranks, found by name.

Names are imported when they are first used: processes of the team read
:mod:`fastavg.communicators.mpi.launch` before NumPy is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastavg.communicators.connection import connect as connect
    from fastavg.communicators.contract import Communicator as Communicator
    from fastavg.communicators.contract import Exchanger as Exchanger
    from fastavg.communicators.contract import OneSided as OneSided
    from fastavg.communicators.contract import Window as Window
    from fastavg.communicators.local import LocalCommunicator as LocalCommunicator
    from fastavg.communicators.tcp.run_key import RunKey as RunKey
    from fastavg.communicators.tcp.tcp_communicator import TCPCommunicator as TCPCommunicator
    from fastavg.communicators.threaded import ThreadedCommunicator as ThreadedCommunicator

_HOMES = {
    "Communicator": "contract",
    "Exchanger": "contract",
    "LocalCommunicator": "local",
    "OneSided": "contract",
    "RunKey": "tcp.run_key",
    "TCPCommunicator": "tcp.tcp_communicator",
    "ThreadedCommunicator": "threaded",
    "Window": "contract",
    "connect": "connection",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
