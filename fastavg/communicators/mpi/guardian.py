"""The heir: a small process that speaks for a rank that can no longer speak for itself.

.. code-block:: text

    rank ---- pipe ----> heir       "left": it ends in peace; a number: end all with this code;
      |                    |        the pipe's end without such a word: it was killed
      '---- PMI socket ----'        both hold it, so that mpiexec hears of an end from the heir

mpiexec takes the end of a rank's connection for its death, kills the other ranks and
ends with the signal's number and a page of text.  As long as the heir holds that
connection mpiexec sees no end.  The heir writes one sentence, waits until mpiexec has
read it, and asks for the end of all ranks with exit code 5, in the words that
MPI_Abort would use.

This file is also the heir's whole program: it starts without fastavg and within
milliseconds.
"""

from __future__ import annotations

import os
import sys
import time

MET, LEFT = b"met\n", b"left\n"
DELIVERY_SECONDS = 0.5
RANK_LOST = 5
DONE, UNKNOWN = "left the others with exit code 0", "has died"


class Heir:
    """The rank's side of it.

    Parameters
    ----------
    rank : int
    connection : int
        The descriptor of this rank's connection to mpiexec.
    """

    def __init__(self, rank: int, connection: int) -> None:
        import subprocess

        self._pid = os.getpid()
        read, self._write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", __file__,
                 *map(str, (rank, self._pid, connection, read))],
                pass_fds=(connection, read), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )
        finally:
            os.close(read)

    def meet(self) -> None:
        """The ranks know each other: from here on none may just go, whatever its exit code."""
        self._say(MET, last=False)

    def leave(self) -> None:
        """From here on an end is no death; only the first call counts."""
        self._say(LEFT)
        if self._pid == os.getpid():
            try:
                self._process.wait(1.0)
            except Exception:
                return

    def end_all(self, code: int) -> bool:
        """Have all ranks end with this code; False if there is nobody who would see to it."""
        return self._say(b"%d\n" % code)

    def _say(self, words: bytes, last: bool = True) -> bool:
        # A forked child has the pipe too, but no say.
        if self._pid != os.getpid() or self._write < 0:
            return False
        pipe = self._write
        self._write = -1 if last else pipe
        try:
            os.write(pipe, words)
            if last:
                os.close(pipe)
        except OSError:
            return False
        return True


def find_heir(rank: int) -> Heir | None:
    """An heir for this process, where a mpiexec is that listens to one (MPICH's)."""
    import stat

    number = os.environ.get("PMI_FD", "")
    if not number.isdigit() or "HYDI_CONTROL_FD" not in os.environ:
        return None
    try:
        # A program that a rank has started has its variables, but not its connection.
        if stat.S_ISSOCK(os.fstat(int(number)).st_mode):
            return Heir(rank, int(number))
    except OSError:
        pass
    return None


def wait_for_delivery() -> None:
    """Return once what was written to standard error has been read; half a second at most."""
    import fcntl
    import termios

    deadline = time.monotonic() + DELIVERY_SECONDS
    waiting = bytearray(4)
    try:
        while time.monotonic() < deadline:
            fcntl.ioctl(2, termios.FIONREAD, waiting)
            if not any(waiting):
                return
            time.sleep(0.002)
    except OSError:
        # No pipe: nothing to wait for.
        return


def main() -> None:
    """The heir's life: wait for the rank's end, and act on it."""
    import select
    import signal

    # They mean the rank, which is in the same group.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    rank, process, connection, read = map(int, sys.argv[1:])
    gone = not os.path.exists(f"/proc/{process}")
    words = b""
    while part := os.read(read, 64):
        words += part
    *_, last = words.splitlines() or [b""]
    code = RANK_LOST
    if last.isdigit():
        code = int(last)
    elif last == LEFT.strip():
        return
    else:
        end = _end_of(process)
        if not words and (end == DONE or gone):
            # Nobody waits for it yet, and mpiexec has its exit status.
            return
        os.write(2, f"fastavg: rank {rank} (process {process}) {end}; all ranks end\n".encode())
    wait_for_delivery()
    os.write(connection, b"cmd=abort exitcode=%d\n" % code)
    # Were the connection to end before mpiexec has read this, the end would count.
    select.select([connection], [], [], 5.0)


def _end_of(process: int) -> str:
    # Only the parent may ask for the exit status, but the system shows it to all from the
    # moment of death until the parent has asked: the last field of ``stat`` (proc(5)).
    end, deadline = UNKNOWN, time.monotonic() + 0.5
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{process}/stat") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            break
        status = int(fields[49])
        if status and os.WIFSIGNALED(status):
            return f"was killed by signal {os.WTERMSIG(status)}"
        end = f"left the others with exit code {os.WEXITSTATUS(status)}"
        if status or fields[0] in "ZX":
            break
        time.sleep(0.001)
    return end


if __name__ == "__main__":
    main()
