"""A real run in a terminal, as a picture.

    python docs/pictures/terminal.py      # runs the command below; writes terminal.svg

The command runs on a terminal of its own, so that it writes what a person would see.
"""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

HERE = Path(__file__).parent
COMMAND = ["fastavg", "train", "--workers", "8"]
COLUMNS, ROWS = 84, 24
# Moving the cursor and clearing a line; colours stay.
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlnsu]")


def seen(command):
    """What is on the screen at the end, with its colours."""
    written = bytearray()

    def read(descriptor):
        data = os.read(descriptor, 65536)
        written.extend(data)
        return data

    os.environ |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
    status = os.waitstatus_to_exitcode(pty.spawn(command, read))
    if status:
        sys.exit(status)
    lines = written.decode().replace("\r\n", "\n").split("\n")
    # A line that was written over shows what was written last.
    shown = (re.split(r"\r|\x1b\[2K", line) for line in lines)
    last = (next((part for part in reversed(parts) if part.strip()), "") for parts in shown)
    return "\n".join(MOVES.sub("", line) for line in last).strip("\n")


def main():
    """Run the command and draw its screen."""
    console = Console(
        width=COLUMNS, record=True, file=open(os.devnull, "w"), force_terminal=True,  # noqa: SIM115
        color_system="truecolor",
    )
    console.print(Text.assemble(("$ ", "bold green"), " ".join(COMMAND)))
    console.print(Text.from_ansi(seen(COMMAND)))
    console.save_svg(str(HERE / "terminal.svg"), title="fastavg", unique_id="fastavg")


if __name__ == "__main__":
    main()
