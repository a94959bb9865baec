"""Ranks on two hosts, over TCP and a slow line: two network namespaces stand in for them."""

from __future__ import annotations

import json
import os

import pytest

from tests.communicators.hosts import TCP_ONLY, NotAllowed, arguments, two_hosts
from tests.communicators.mpiexec import finish, launcher, start_program
from tests.promises.test_ranks import alone, command, digest

OPTIONS = ("--workers", "4", "--processes", "2")
DELAY_MS = 20


def train_on_two_hosts(folder, delay_ms):
    """How it ended, and the seconds of training and of averaging in each round."""
    try:
        with two_hosts(delay_ms=delay_ms) as hosts:
            ended = finish(start_program(
                "ip", "netns", "exec", hosts[0].namespace, launcher(),
                *arguments(hosts, folder), *command(*OPTIONS), **TCP_ONLY,
            ))
    except NotAllowed as reason:
        pytest.skip(f"network namespaces: {reason}")
    assert not [name for name in os.listdir("/run/netns") if f"fastavg{os.getpid()}" in name]
    rounds = [json.loads(line) for line in ended.out.splitlines()]
    return ended, [
        (record["training_seconds"], record["averaging_seconds"])
        for record in rounds if "averaging_seconds" in record
    ]


def share_of_communication(seconds):
    training, averaging = map(sum, zip(*seconds, strict=True))
    return averaging / (training + averaging)


def test_two_hosts_train_the_same_bits_however_far_apart(tmp_path):
    near, near_seconds = train_on_two_hosts(tmp_path, 0)
    far, far_seconds = train_on_two_hosts(tmp_path, DELAY_MS)
    assert (near.code, near.err, far.code, far.err) == (0, "", 0, "")
    assert digest(near.out) == digest(far.out) == alone(*OPTIONS)
    # Two collectives at least cross the line in every round.
    assert min(averaging for _, averaging in far_seconds) > 2 * DELAY_MS / 1000
    assert share_of_communication(far_seconds) > share_of_communication(near_seconds)
