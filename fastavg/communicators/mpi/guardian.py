"""The guardian: a sidecar process that reports the death of its rank and aborts the others.

.. code-block:: text

    rank ---- pipe ----> guardian   "released": orderly exit; a number: abort with this code;
      |                     |       end of the pipe without either: the rank was killed
      |== diverted ========>|       during collectives, what the MPI library tells mpiexec
      '---- PMI socket -----'       both hold it, so that mpiexec sees its end only from
                                    the guardian

mpiexec takes the end of a rank's connection for its death, kills the other ranks and
exits with the number of the signal and a page of text.  As long as the guardian holds
that connection, mpiexec sees no end.  The guardian writes one sentence, waits until
mpiexec has read it, and requests the abort of all ranks with exit code 5, with the
command that MPI_Abort sends.

A survivor whose collective fails, for the connection to the dead rank is gone, is aborted by its
MPI library at once, and that might come before the one sentence.  So during a collective the
library's abort goes to the survivor's own guardian instead, which waits for the guardian of the
rank that is really dead.

This file is also the whole program of the guardian: it starts without importing fastavg,
within milliseconds.
"""

from __future__ import annotations

import os
import sys
import time

CONNECTED, RELEASED = b"connected\n", b"released\n"
DELIVERY_SECONDS = 5.0
# A guardian takes half a second at most to find the cause; on a busy machine longer to run.
LOSS_SECONDS = 6.0
# Between the two signals by which mpiexec ends ranks.
LAUNCHER_SECONDS = 1.0
RANK_LOST = 5
EXITED, UNKNOWN = "left the others with exit code 0", "has died"
TERMINATED = ("left the others with exit code 143", "was killed by signal 15")


class Guardian:
    """The rank's handle on its guardian process.

    Parameters
    ----------
    rank : int
        Of this process.
    connection : int
        File descriptor of this rank's connection to mpiexec.
    python : str
        The interpreter that runs it.
    """

    def __init__(self, rank: int, connection: int, python: str) -> None:
        import socket
        import subprocess

        from fastavg.communicators.mpi.c_stderr import LibraryOutput

        self._output = LibraryOutput()
        self._pid, self._connection = os.getpid(), connection
        read, self._write = os.pipe()
        aside, theirs = socket.socketpair()
        try:
            self._process = subprocess.Popen(
                [python, "-I", "-S", __file__,
                 *map(str, (rank, self._pid, connection, read, theirs.fileno()))],
                pass_fds=(connection, read, theirs.fileno()), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
            self._true, self._aside = os.dup(connection), aside.detach()
        finally:
            os.close(read)
            aside.close()
            theirs.close()

    def connected(self) -> None:
        """Tell it that the ranks are connected: from here on any end without release is a loss."""
        self._send(CONNECTED, last=False)

    def divert(self) -> None:
        """Have what the MPI library tells mpiexec go to the guardian, during a collective.

        What it would tell the user is dropped: the guardian says why ranks end.
        """
        if self._pid == os.getpid():
            self._output.silence()
            os.dup2(self._aside, self._connection)

    def restore(self) -> None:
        """Let the library talk to mpiexec again."""
        if self._pid == os.getpid():
            os.dup2(self._true, self._connection)
            self._output.restore()

    def release(self) -> None:
        """Tell it that this rank exits in an orderly way; only the first call has an effect."""
        self._send(RELEASED)
        if self._pid == os.getpid():
            try:
                self._process.wait(1.0)
            except Exception:
                return

    def abort(self, code: int) -> bool:
        """Have it abort all ranks.

        Parameters
        ----------
        code : int
            The exit code of the run.

        Returns
        -------
        bool
            False if the guardian cannot be reached.
        """
        return self._send(b"%d\n" % code)

    def _send(self, message: bytes, last: bool = True) -> bool:
        # A forked child has inherited the pipe, but must not use it.
        if self._pid != os.getpid() or self._write < 0:
            return False
        pipe = self._write
        self._write = -1 if last else pipe
        try:
            os.write(pipe, message)
            if last:
                os.close(pipe)
        except OSError:
            return False
        return True


def start_guardian(rank: int) -> Guardian | None:
    """Start a guardian where MPICH's mpiexec started this process; None elsewhere.

    Parameters
    ----------
    rank : int
        Of this process.
    """
    import stat

    from fastavg.machine.interpreter import interpreter

    number = os.environ.get("PMI_FD", "")
    if not number.isdigit() or "HYDI_CONTROL_FD" not in os.environ:
        return None
    try:
        # A program that a rank has started has its variables, but not its connection.
        python = interpreter()
        if python is not None and stat.S_ISSOCK(os.fstat(int(number)).st_mode):
            return Guardian(rank, int(number), python)
    except OSError:
        pass
    return None


def wait_for_delivery() -> None:
    """Wait until standard error has been read, ``DELIVERY_SECONDS`` at most."""
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
        # Standard error is no pipe: nothing to wait for.
        return


def main() -> None:
    """Wait for the end of the rank, and abort the others unless it was orderly."""
    import select
    import signal

    # Signals to the process group are meant for the rank.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    rank, process, connection, read, diverted = map(int, sys.argv[1:])
    received = b""
    while part := os.read(read, 64):
        received += part
    *_, last = received.splitlines() or [b""]
    code = RANK_LOST
    if last.isdigit():
        code = int(last)
    elif last == RELEASED.strip():
        return
    else:
        end = _end_of(process)
        if not received and end == EXITED:
            # No rank waits for it yet, and mpiexec has its exit status.
            return
        if end in TERMINATED and select.select([connection], [], [], LAUNCHER_SECONDS)[0]:
            # mpiexec has ended it, for another rank's sake.
            return
        if select.select([diverted], [], [], 0)[0] and b"abort" in os.read(diverted, 4096):
            # The library gave up.  If a rank has died, its guardian is about to end this process.
            # If none has, the lowest rank of those that gave up says so.
            if select.select([connection], [], [], LOSS_SECONDS + 0.3 * min(rank, 10))[0]:
                return
            end = "lost its connection to the others in a collective"
        os.write(2, f"fastavg: rank {rank} (process {process}) {end}; all ranks end\n".encode())
    wait_for_delivery()
    os.write(connection, b"cmd=abort exitcode=%d\n" % code)
    # If the connection closed before mpiexec has read this, it would report a killed rank.
    select.select([connection], [], [], 5.0)


def _end_of(process: int) -> str:
    # Only the parent can wait for the exit status, but until it does the last field of
    # ``stat`` shows it to all (proc(5)).
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
