"""Serves the page that follows runs, to this machine alone.

The server listens on the loopback address, answers only requests that name it by that
address and carry its token, and only reads.  Runs of another machine are followed through
a folder that both see.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastavg.errors import ConfigError, DataError
from fastavg.reports.live_page import live_page
from fastavg.runs.comparison import find_runs
from fastavg.runs.run_folder import RunFolder

LOOPBACK = "127.0.0.1"
# Bytes of events in one answer.
MOST = 1 << 20


class LiveServer(ThreadingHTTPServer):
    """Answers for the runs in some folders.

    Parameters
    ----------
    folders : sequence of path
        Run folders, or folders with run folders in them, which may come later.
    port : int, default 0
        0 for any that is free.

    Raises
    ------
    DataError
        If a folder does not exist.
    ConfigError
        If the port cannot be used.
    """

    daemon_threads = True
    # Another server on the same port would be a surprise.
    allow_reuse_address = False

    def __init__(self, folders: Sequence[str | Path], port: int = 0) -> None:
        self.folders = [Path(each) for each in folders]
        for each in self.folders:
            if not each.is_dir():
                raise DataError(f"there is no folder {each} to watch")
        self.token = secrets.token_urlsafe(16)
        try:
            super().__init__((LOOPBACK, port), _Answer)
        except (OSError, OverflowError) as error:
            reason = (isinstance(error, OSError) and error.strerror) or "it is no port"
            raise ConfigError(
                f"port {port} cannot be used: {reason}; another --port would do, or none for a "
                "free one"
            ) from None

    @property
    def url(self) -> str:
        """The page's address, with the token."""
        return f"http://{LOOPBACK}:{self.server_address[1]}/?token={self.token}"

    def runs(self) -> dict[str, RunFolder]:
        """The runs by their names; a name that occurs twice has its folder before it."""
        found: dict[str, RunFolder] = {}
        for each in self.folders:
            try:
                folders = find_runs([each])
            except DataError:
                continue
            for run in folders:
                name = run.path.name or str(run.path)
                found[str(run.path) if name in found else name] = run
        return found


class _Answer(BaseHTTPRequestHandler):
    """Answers one request."""

    server: LiveServer
    # A connection that says nothing does not hold its thread for ever.
    timeout = 60

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        given = {name: values[0] for name, values in parse_qs(asked.query).items()}
        own = {f"{name}:{self.server.server_address[1]}" for name in (LOOPBACK, "localhost")}
        # A page of another site must not read this one, whatever name it goes by.
        if self.headers.get("Host") not in own or not self._knows(given.get("token", "")):
            self._refuse(HTTPStatus.FORBIDDEN)
        elif asked.path == "/":
            nonce = secrets.token_urlsafe(12)
            self._send(live_page(nonce).encode(), "text/html; charset=utf-8", nonce)
        elif asked.path == "/runs":
            self._send_json(list(self.server.runs()))
        elif asked.path == "/events":
            self._events(given)
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _knows(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.server.token.encode())

    def _events(self, given: dict[str, str]) -> None:
        run = self.server.runs().get(given.get("run", ""))
        start = given.get("from", "0")
        if run is None or not start.isdecimal():
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        events, following = events_from(run, int(start))
        self._send_json({"next": following, "events": events})

    def _send_json(self, value: Any) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _send(self, body: bytes, kind: str, nonce: str = "") -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Content-Security-Policy", (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; "
            "connect-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
        ))
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the terminal belongs to the command."""


def events_from(run: RunFolder, start: int) -> tuple[list[dict[str, Any]], int]:
    """The events after a place in the file, at most a megabyte of them.

    Parameters
    ----------
    run : RunFolder
        Where they are.
    start : int
        Bytes that were read before; at least 0.

    Returns
    -------
    tuple of list of dict and int
        Events whose lines are whole, and where to go on; a damaged line is left out.
    """
    try:
        with run.events.open("rb") as file:
            # A run that was made anew under the same name begins at its start.
            if start > os.fstat(file.fileno()).st_size:
                start = 0
            file.seek(start)
            block = file.read(MOST)
    except OSError:
        return [], start
    whole = block[: block.rfind(b"\n") + 1]
    events = []
    for line in whole.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            events.append(event)
    return events, start + len(whole)
