"""Ranks find each other at rank 0's address, and connect each to each.

.. code-block:: text

    rank r                        rank 0                        rank q < r
       |-- hello: r of N, my door --->|                              |
       |<-- everybody's door ---------|   once all N are there       |
       |-- hello: data, control ------------------------------------>|

The first connection to rank 0 carries data later on.  A second one to every rank, for
control, stays idle: what is heard on it is the end of that rank.
"""

from __future__ import annotations

import os
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fastavg.communicators.tcp.admission import Admission, connect_to, receive_note, send_note
from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from fastavg.communicators.tcp.run_key import RunKey
from fastavg.errors import ConfigError, RankLost, RankMismatch

PROTOCOL = 1


@dataclass(frozen=True)
class Meeting:
    """Where ranks meet, and which one this is.

    Parameters
    ----------
    host : str
        Address of rank 0, as the others can reach it.
    port : int
        At which rank 0 listens; 1 to 65535.
    rank : int
        Number of this rank, 0 to ``size - 1``.
    size : int
        Number of ranks, at least 1.
    key : RunKey
        The same on all ranks.
    seconds : float, default 60
        How long to wait for the others, in seconds.
    door : Admission, optional
        Of rank 0, if it is open already; it is at ``host`` and ``port`` then.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Meeting("10.0.0.1", 29400, rank=2, size=2, key=RunKey(b""))
    Traceback (most recent call last):
    fastavg.errors.ConfigError: rank is 2; with 2 ranks it must be a whole number from 0 to 1
    """

    host: str
    port: int
    rank: int
    size: int
    key: RunKey = field(repr=False)
    seconds: float = 60.0
    door: Admission | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rank < self.size:
            raise ConfigError(
                f"rank is {self.rank}; with {self.size} ranks it must be a whole number from 0 "
                f"to {self.size - 1}"
            )

    @property
    def place(self) -> str:
        """Host and port, as they are written."""
        return f"{self.host}:{self.port}"


class Peer(NamedTuple):
    """Another rank, or this one.

    Attributes
    ----------
    rank : int
        Its number.
    host : str
        Name of its machine.
    process : int
        Number of its process there.
    address : tuple of str and int
        Where it listens.
    """

    rank: int
    host: str
    process: int
    address: tuple[str, int]

    @property
    def name(self) -> str:
        """For messages."""
        return f"rank {self.rank} (process {self.process} on {self.host})"


class Met(NamedTuple):
    """All ranks, connected.

    Attributes
    ----------
    peers : list of Peer
        All ranks in order.
    data, control : dict of int to EncryptedLink
        The connections to each other rank.
    door : Admission
        Still bound.
    """

    peers: list[Peer]
    data: dict[int, EncryptedLink]
    control: dict[int, EncryptedLink]
    door: Admission


def meet(meeting: Meeting) -> Met:
    """Connect this rank with all others.

    Parameters
    ----------
    meeting : Meeting
        Where, and who this is.

    Returns
    -------
    Met
        Connections in both directions; they wait at most 10 seconds.

    Raises
    ------
    ConfigError
        If the address cannot be had, or the other ranks have another key.
    RankLost
        If a rank does not come in time.
    RankMismatch
        If the ranks were started with other numbers.
    """
    deadline = time.monotonic() + meeting.seconds
    gathered = _gather(meeting, deadline) if meeting.rank == 0 else _join(meeting, deadline)
    try:
        _connect_each_to_each(meeting, gathered, deadline)
    except BaseException:
        gathered.door.close()
        raise
    gathered.door.complete()
    return gathered


def _own(meeting: Meeting, door: Admission) -> Peer:
    return Peer(meeting.rank, socket.gethostname(), os.getpid(), door.address)


def _gather(meeting: Meeting, deadline: float) -> Met:
    try:
        door = meeting.door or Admission(meeting.host, meeting.port, meeting.key)
    except OSError as error:
        raise ConfigError(f"rendezvous {meeting.place}: {error.strerror or error}") from None
    peers: dict[int, Peer] = {0: _own(meeting, door)}
    links: dict[int, EncryptedLink] = {}
    try:
        while len(peers) < meeting.size:
            came = door.next(deadline - time.monotonic())
            if came is None:
                missing = [str(rank) for rank in range(meeting.size) if rank not in peers]
                raise RankLost(
                    f"rank {', '.join(missing)} of {meeting.size} did not come to "
                    f"{meeting.place} within {meeting.seconds:g} seconds", int(missing[0]),
                )
            link, hello = came
            rank = int(hello.get("rank", -1))
            links[rank if rank not in links else -len(links)] = link
            peer = Peer(
                rank, str(hello.get("host")), int(hello.get("process", 0)),
                (str(hello.get("address", [""])[0]), int(hello.get("address", [0])[-1])),
            )
            _check(hello, peer, peers, meeting)
            peers[rank] = peer
        table = [peers[rank]._asdict() for rank in range(meeting.size)]
        for link in links.values():
            send_note(link, {"peers": table})
    except BaseException as error:
        _send_away(links, str(error))
        door.close()
        raise
    return Met([peers[rank] for rank in range(meeting.size)], links, {}, door)


def _check(
    hello: dict[str, Any], peer: Peer, peers: dict[int, Peer], meeting: Meeting
) -> None:
    ours = {"protocol": PROTOCOL, "size": meeting.size}
    for name, value in ours.items():
        if hello.get(name) != value:
            raise RankMismatch(
                f"{peer.name} was started with {name} {hello.get(name)}, and rank 0 with "
                f"{value}; all ranks need the same", peer.rank, name,
            )
    if peer.rank in peers:
        raise RankMismatch(
            f"{peer.name} and {peers[peer.rank].name} were started with the same number; each "
            "rank needs its own", peer.rank, "rank",
        )


def _send_away(links: dict[int, EncryptedLink], reason: str) -> None:
    for link in links.values():
        try:
            send_note(link, {"refused": reason})
            link.close()
        except OSError:
            continue


def _join(meeting: Meeting, deadline: float) -> Met:
    link = _knock(meeting, 0, (meeting.host, meeting.port), deadline)
    door = Admission(link.plain.getsockname()[0], 0, meeting.key)
    try:
        own = _own(meeting, door)
        send_note(link, {"protocol": PROTOCOL, "size": meeting.size, **own._asdict()})
        link.settimeout(max(1.0, deadline - time.monotonic()) + 1.0)
        answer = receive_note(link)
    except (OSError, ValueError):
        door.close()
        link.close()
        raise RankLost(
            f"rank 0 at {meeting.place} ended before all {meeting.size} ranks had come", 0
        ) from None
    if "refused" in answer:
        door.close()
        link.close()
        raise RankMismatch(str(answer["refused"]))
    peers = [
        Peer(each["rank"], each["host"], each["process"], (each["address"][0], each["address"][1]))
        for each in answer["peers"]
    ]
    return Met(peers, {0: link}, {}, door)


def _knock(
    meeting: Meeting, rank: int, address: tuple[str, int], deadline: float
) -> EncryptedLink:
    context = meeting.key.context(server=False)
    try:
        return connect_to(address, context, deadline)
    except TimeoutError:
        raise RankLost(
            f"rank {rank} did not answer at {address[0]}:{address[1]} within "
            f"{meeting.seconds:g} seconds", rank,
        ) from None
    except ssl.SSLCertVerificationError:
        raise ConfigError(
            f"rank {rank} at {address[0]}:{address[1]} has another key than {meeting.key.source}; "
            "all ranks need the same"
        ) from None


def _connect_each_to_each(meeting: Meeting, met: Met, deadline: float) -> None:
    own = meeting.rank
    for rank in range(own):
        for kind, links in (("data", met.data), ("control", met.control)):
            if rank in links:
                continue
            address = (meeting.host, meeting.port) if rank == 0 else met.peers[rank].address
            links[rank] = _knock(meeting, rank, address, deadline)
            send_note(links[rank], {"rank": own, "kind": kind})
    while min(len(met.data), len(met.control)) < meeting.size - 1:
        came = met.door.next(deadline - time.monotonic())
        if came is None:
            missing = next(rank for rank in range(meeting.size)
                           if rank != own and (rank not in met.data or rank not in met.control))
            raise RankLost(
                f"{met.peers[missing].name} did not connect within {meeting.seconds:g} seconds",
                missing,
            )
        link, hello = came
        chosen = met.data if hello.get("kind") == "data" else met.control
        chosen[int(hello["rank"])] = link
