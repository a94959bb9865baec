"""Ranks on two hosts, over TCP and a slow line: two network namespaces stand in for them."""

from __future__ import annotations

import json
import os

import pytest

from tests.communicators.hosts import TCP_ONLY, NotAllowed, arguments, two_hosts
from tests.communicators.mpiexec import finish, launcher, start_program
from tests.training.test_ranks import alone, command, digest


@pytest.mark.parametrize("delay", [0, 20])
def test_two_hosts_train_the_same_bits(delay, tmp_path):
    options = ("--workers", "4", "--processes", "2")
    try:
        with two_hosts(delay_ms=delay) as hosts:
            ended = finish(start_program(
                "ip", "netns", "exec", hosts[0].namespace, launcher(),
                *arguments(hosts, tmp_path), *command(*options), **TCP_ONLY,
            ))
    except NotAllowed as reason:
        pytest.skip(f"network namespaces: {reason}")
    assert (ended.code, ended.err) == (0, "")
    assert digest(ended.out) == alone(*options)
    rounds = [json.loads(line) for line in ended.out.splitlines()]
    seconds = [record["averaging_seconds"] for record in rounds if "averaging_seconds" in record]
    if delay:
        # Two collectives at least cross the line in every round.
        assert min(seconds) > 2 * delay / 1000
    assert os.listdir("/run/netns") == [] or not any(
        name.startswith(f"fastavg{os.getpid()}") for name in os.listdir("/run/netns")
    )
