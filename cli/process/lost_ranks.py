"""The command ends when another rank is lost, whatever it is doing."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from .interrupts import stop_with

if TYPE_CHECKING:
    from fastavg.communicators.contract import Communicator
    from fastavg.errors import RankLost

# A rank that waits for the lost one ends by itself, and needs no signal.
SELF_SECONDS = 1.5


def end_when_lost(ranks: Communicator) -> None:
    """Have the command end like an interrupted one once a rank is lost, with exit code 5.

    Parameters
    ----------
    ranks : Communicator
        One of ``tcp`` tells of losses; any other one has its own way to end all ranks.
    """
    on_loss = getattr(ranks, "on_loss", None)
    if on_loss is not None:
        on_loss(_end)


def _end(lost: RankLost) -> None:
    time.sleep(SELF_SECONDS)
    if not lost.raised:
        stop_with(lost.exit_code, str(lost))


def tell_other_ranks(line: str) -> None:
    """Tell the ranks of ``tcp`` that this one fails, and why.

    Parameters
    ----------
    line : str
        The last line of this command.
    """
    found = sys.modules.get("fastavg.communicators.tcp.tcp_communicator")
    if found is not None:
        cause = line.strip().rpartition("\n")[2].removeprefix("fastavg: ")
        found.abort_open(cause or "it was ended")
