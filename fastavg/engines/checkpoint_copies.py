"""The last complete round of a fit, on the machine of every rank.

A machine that is lost takes its copy with it; a fit that is started again goes on from
the newest one that is left, and begins anew if there is none: with the same bits in
either case.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import broadcast
from fastavg.engines.contract import Report
from fastavg.errors import FastavgError
from fastavg.machine.atomic_file import write_atomically
from fastavg.training.checkpoints.file import load_checkpoint


def folder(name: str) -> Path:
    """Where the copies of a fit lie on a machine.

    Parameters
    ----------
    name : str
        Of the fit.
    """
    return Path(tempfile.gettempdir()) / f"fastavg-{os.getuid()}-{name}"


def own_copy(name: str, number: int, attempt: int) -> Path:
    """The file that a rank writes; its folder is there, for this user alone.

    Parameters
    ----------
    name : str
        Of the fit.
    number : int
        Of the rank.
    attempt : int
        How often the fit was started before.
    """
    folder(name).mkdir(mode=0o700, exist_ok=True)
    return folder(name) / own_name(number, attempt)


def own_name(number: int, attempt: int) -> str:
    """Name of the file of a rank.

    Parameters
    ----------
    number : int
        Of the rank.
    attempt : int
        How often the fit was started before.
    """
    return f"attempt-{attempt}-rank-{number}.checkpoint"


def copies(name: str) -> Iterator[tuple[int, str]]:
    """Complete rounds and path of every copy on this machine that can be read.

    Parameters
    ----------
    name : str
        Of the fit.
    """
    for path in sorted(folder(name).glob("*.checkpoint")):
        with contextlib.suppress(FastavgError, OSError):
            yield load_checkpoint(path).state.rounds, str(path)


def remove_copies(name: str, number: int, attempt: int) -> None:
    """Remove a rank's copy, and those of earlier attempts on this machine.

    Parameters
    ----------
    name : str
        Of the fit.
    number : int
        Of the rank; the others of this attempt may still be writing theirs.
    attempt : int
        How often the fit was started before.
    """
    own = own_name(number, attempt)
    for path in folder(name).glob("*.checkpoint"):
        if path.name == own or not path.name.startswith(f"attempt-{attempt}-"):
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder(name).rmdir()


def spread(name: str, path: Path, reports: Sequence[Report], ranks: Communicator) -> bool:
    """Write the newest copy that any rank has to a file of each rank; a collective.

    Parameters
    ----------
    name : str
        Of the fit.
    path : Path
        The file of this rank.
    reports : sequence of Report
        Of all ranks in order: who has which copy.
    ranks : Communicator
        Between them.

    Returns
    -------
    bool
        False if there is no copy.
    """
    root = max(range(len(reports)), key=lambda number: (reports[number].rounds, -number))
    if reports[root].rounds < 0:
        return False
    content = None
    if ranks.rank == root:
        # By now there may be a newer one than was reported.
        content = Path(max(copies(name))[1]).read_bytes()
    write_atomically(path, broadcast(content, ranks, root))
    return True
