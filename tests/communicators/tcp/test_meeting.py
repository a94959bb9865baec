"""Ranks find each other."""

from __future__ import annotations

import os
import socket
import time

import pytest

from fastavg.communicators import RunKey
from fastavg.communicators.tcp.admission import receive_note, send_note
from fastavg.communicators.tcp.meeting import Meeting, meet
from fastavg.errors import ConfigError, RankLost, RankMismatch
from tests.communicators.tcp.groups import KEY, together
from tests.communicators.tcp.ranks import free_port


def met(*meetings):
    return together([lambda meeting=meeting: meet(meeting) for meeting in meetings])


def meetings(size, **changes):
    port = free_port()
    return [
        Meeting("127.0.0.1", port, **{"rank": rank, "size": size, "key": KEY, "seconds": 20,
                                      **changes})
        for rank in range(size)
    ]


def test_each_is_connected_with_each_twice():
    found = met(*meetings(4))
    for rank, one in enumerate(found):
        assert [peer.rank for peer in one.peers] == [0, 1, 2, 3]
        assert {peer.process for peer in one.peers} == {os.getpid()}
        assert {peer.host for peer in one.peers} == {socket.gethostname()}
        assert set(one.data) == set(one.control) == {0, 1, 2, 3} - {rank}
    for rank, one in enumerate(found):
        for other, link in one.control.items():
            send_note(link, {"from": rank})
            assert receive_note(found[other].control[rank]) == {"from": rank}
    for one in found:
        for link in (*one.data.values(), *one.control.values()):
            link.close()
        one.door.close()


def test_rank_0_may_come_last():
    first, second = meetings(2)

    def late():
        time.sleep(0.5)
        return meet(first)

    found = together([lambda: meet(second), late])
    assert found[0].peers == found[1].peers
    for one in found:
        for link in (*one.data.values(), *one.control.values()):
            link.close()
        one.door.close()


def test_a_rank_that_does_not_come_is_named():
    first, second, _ = meetings(3, seconds=1)
    errors = met(first, second)
    assert isinstance(errors[0], RankLost)
    assert isinstance(errors[1], RankMismatch)
    for error in errors:
        assert "rank 2 of 3 did not come to 127.0.0.1:" in str(error)
        assert "within 1 seconds" in str(error)


def test_nobody_at_the_rendezvous_is_named():
    _, second = meetings(2, seconds=0.5)
    with pytest.raises(RankLost, match=r"rank 0 did not answer at 127\.0\.0\.1:"):
        meet(second)


@pytest.mark.parametrize(("changes", "words"), [
    ({"size": 3}, "was started with size 3, and rank 0 with 2; all ranks need the same"),
    ({"rank": 0}, None),
], ids=["size", "rank"])
def test_other_numbers_are_refused_on_both_ranks(changes, words):
    first, second = meetings(2)
    if words is None:
        first, second, third = meetings(3)
        errors = met(first, second, Meeting(**{**vars(third), "rank": 1}))
        words = "were started with the same number; each rank needs its own"
    else:
        errors = met(first, Meeting(**{**vars(second), **changes}))
    for error in errors:
        assert isinstance(error, RankMismatch), error
        assert words in str(error)


def test_another_key_is_refused_and_the_meeting_goes_on():
    first, second = meetings(2)
    stranger = Meeting(**{**vars(second), "key": RunKey.make()})

    def stranger_first():
        with pytest.raises(ConfigError, match="has another key than the key"):
            meet(stranger)
        return meet(second)

    found = together([lambda: meet(first), stranger_first])
    assert [peer.rank for peer in found[1].peers] == [0, 1]
    for one in found:
        for link in (*one.data.values(), *one.control.values()):
            link.close()
        one.door.close()


def test_a_port_that_is_taken_is_named():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(ConfigError, match=f"rendezvous 127.0.0.1:{port}: Address already"):
            meet(Meeting("127.0.0.1", port, 0, 2, KEY, 1))
