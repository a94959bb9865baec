"""Options, the processes of the libraries, and the records that a session leaves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.peers.processes import PeerProcesses
from bench.report.records import machine, merge, now, path_of_today
from bench.report.targets import must_reach, table

KEPT = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("fastavg benchmarks")
    group.addoption("--turns", type=int, default=0, help="turns of every comparison")
    group.addoption("--results", type=Path, default=None, help="the JSON file to add to")


@pytest.fixture(scope="session")
def quick(pytestconfig: pytest.Config) -> bool:
    """Everything once, on a few batches, nothing kept: with ``--benchmark-disable``."""
    return bool(pytestconfig.getoption("benchmark_disable"))


@pytest.fixture
def turns(pytestconfig: pytest.Config, quick: bool) -> Callable[[int], int]:
    """How many turns, if this many are good."""
    asked = pytestconfig.getoption("turns")
    return lambda usual: 1 if quick else asked or usual


@pytest.fixture(scope="module")
def peers() -> Iterator[PeerProcesses]:
    """The libraries' processes; gone before another topic is measured."""
    with PeerProcesses() as made:
        yield made


@pytest.fixture
def keep(
    pytestconfig: pytest.Config, quick: bool, request: pytest.FixtureRequest
) -> Callable[..., None]:
    """Put a record under a name into the file of results; in the quick mode, nowhere."""

    def put(name: str, **record: Any) -> None:
        if quick:
            return
        libraries = request.getfixturevalue("peers") if "peers" in request.fixturenames else None
        path = pytestconfig.getoption("results") or path_of_today()
        versions = libraries.versions if libraries else {}
        kept = merge(
            path, {name: {**record, "at": now(), "load": os.getloadavg()[0]}}, versions
        )
        pytestconfig.stash[KEPT] = {**kept, "path": path}

    return put


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    kept = terminalreporter.config.stash.get(KEPT, None)
    if kept is None:
        return
    about = machine()
    terminalreporter.section(f"{about['processor']}, {about['cores']} cores")
    for line in table(must_reach(kept["measured"])):
        terminalreporter.line(line)
    terminalreporter.line(f"kept in {kept['path']}")
