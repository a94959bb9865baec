"""Files that are there whole or not at all.

New bytes are written to a file without a name, brought to the disk, and only then
given the name; where the system knows no files without a name, a temporary one takes
its part.  So a crash at any moment leaves the old file or the new one, and no litter.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from pathlib import Path
from types import TracebackType

from fastavg.errors import ConfigError
from fastavg.machine.failpoints import failpoint
from fastavg.machine.pipes import above_streams


def followed(path: str | Path, what: str = "output") -> Path:
    """The regular file, there or not, that a path leads to; links on the way stay links.

    Parameters
    ----------
    path : str or path
        Where the file is, or will be.
    what : str, default "output"
        What is to be written, for the message.

    Returns
    -------
    path
        Absolute and without links.

    Raises
    ------
    ConfigError
        If there is something else: a folder, a device, a pipe, a link to itself.

    Examples
    --------
    >>> followed("/dev/null")
    Traceback (most recent call last):
    fastavg.errors.ConfigError: output /dev/null is a device; name a file
    """
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except OSError as error:
        raise ConfigError(
            f"{what} {path} cannot be written: {error.strerror or error}"
        ) from None
    if stat.S_ISDIR(mode):
        raise ConfigError(f"{what} {path} is a folder; name a file in it")
    if not stat.S_ISREG(mode):
        kind = "pipe" if stat.S_ISFIFO(mode) else "socket" if stat.S_ISSOCK(mode) else "device"
        raise ConfigError(f"{what} {path} is a {kind}; name a file")
    return Path(os.path.realpath(path))


def try_writing(folder: Path, size: int) -> None:
    """See whether a folder takes a new file of a size; nothing is left of it.

    Parameters
    ----------
    folder : path
        The folder, which exists.
    size : int
        Bytes.

    Raises
    ------
    OSError
        If it does not.
    """
    with _Draft(folder) as draft:
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(draft.handle, 0, max(1, size))
            except OSError as error:
                # Some file systems cannot reserve room; that is no lack of it.
                if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                    raise


def write_atomically(path: str | Path, data: bytes) -> None:
    """Write a file, or replace it, in one step.

    Whoever reads ``path`` finds the old bytes or the new ones, also after a crash.  A link
    is followed; nothing but a regular file is replaced.

    Parameters
    ----------
    path : str or path
        The file.
    data : bytes
        The whole content.

    Raises
    ------
    OSError
        If the folder is missing or full or not writable; nothing is left behind.
    ConfigError
        If the path leads to a folder or a device.
    """
    path = followed(path)
    with _Draft(path.parent) as draft:
        draft.fill(data)
        draft.replace(path)
    _sync_folder(path.parent)


_writing = 0


def writing() -> bool:
    """True while a file is on its way to the disk."""
    return _writing > 0


class OwnedFile:
    """A file that one run writes again and again, and no other run meanwhile.

    The lock is on the file itself and ends with the process, however that ends.

    Parameters
    ----------
    path : str or path
        The file; it need not exist yet.

    Raises
    ------
    ConfigError
        If another run owns it, or it is no regular file.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = followed(path, "checkpoint")
        self._lock: int | None = None
        while self._lock is None:
            try:
                handle = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
            except FileNotFoundError:
                return
            try:
                self._claim(handle)
                # Its former owner may have replaced it since we opened it.
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(handle), os.stat(self.path)):
                        self._lock = handle
            finally:
                if self._lock is None:
                    os.close(handle)

    def write(self, data: bytes) -> None:
        """Replace the content.

        Parameters
        ----------
        data : bytes
            The whole content.

        Raises
        ------
        ConfigError
            If another run has made the file meanwhile.
        OSError
            If the disk is full, or the folder gone; the old content is still there.
        """
        with _Draft(self.path.parent) as draft:
            self._claim(draft.handle)
            draft.fill(data)
            if self._lock is None:
                try:
                    draft.create(self.path)
                except FileExistsError:
                    raise self._taken() from None
            else:
                draft.replace(self.path)
                os.close(self._lock)
            self._lock = draft.keep()
        _sync_folder(self.path.parent)

    def close(self) -> None:
        """Leave the file to others."""
        lock, self._lock = self._lock, None
        if lock is not None:
            os.close(lock)

    def _claim(self, handle: int) -> None:
        try:
            import fcntl
        except ImportError:
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise self._taken() from None
        except OSError:
            # A file system without locks.
            return

    def _taken(self) -> ConfigError:
        return ConfigError(
            f"{self.path} belongs to another run that is going on; give this one a file of its own"
        )


class _Draft:
    """A file that is being written and has no name yet."""

    def __init__(self, folder: Path) -> None:
        self._name: Path | None = None
        with contextlib.suppress(AttributeError, OSError):
            self.handle = above_streams(os.open(folder, os.O_TMPFILE | os.O_RDWR, 0o666))
            os.stat(f"/proc/self/fd/{self.handle}")
            return
        self._name = folder / f".new-{secrets.token_hex(4)}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL
        self.handle = above_streams(os.open(self._name, flags, 0o666))

    def __enter__(self) -> _Draft:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._name is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._name)
        if self.handle >= 0:
            with contextlib.suppress(OSError):
                os.close(self.handle)

    def keep(self) -> int:
        """The handle, which now stays open."""
        handle, self.handle = self.handle, -1
        return handle

    def fill(self, data: bytes) -> None:
        """Write everything, down to the disk."""
        global _writing
        _writing += 1
        try:
            self._fill(data)
        finally:
            _writing -= 1

    def _fill(self, data: bytes) -> None:
        failpoint("file-open")
        rest = memoryview(data)
        half = len(rest) // 2
        while rest:
            rest = rest[os.write(self.handle, rest[: 1 << 24]) :]
            if len(rest) <= half:
                failpoint("file-half")
                half = -1
        os.fsync(self.handle)
        failpoint("file-synced")

    def create(self, path: Path) -> None:
        """Give it a name that nobody has."""
        if self._name is not None:
            os.link(self._name, path)
            return
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            # With a folder's handle, Python asks the system to follow /proc's link.
            os.link(f"/proc/self/fd/{self.handle}", os.path.abspath(path), src_dir_fd=folder)
        finally:
            os.close(folder)

    def replace(self, path: Path) -> None:
        """Give it a name, whoever has it now."""
        if self._name is not None:
            os.replace(self._name, path)
            self._name = None
            return
        # Left by a crash, or by another process that is as far as we are: whole in both
        # cases.  Of the name only a digest, which is never too long.
        name = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:12]
        passing = path.with_name(f".new-{name}")
        while True:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(passing)
            try:
                self.create(passing)
                failpoint("file-named")
                os.replace(passing, path)
                return
            except (FileExistsError, FileNotFoundError):
                if not path.parent.is_dir():
                    raise
            except OSError:
                with contextlib.suppress(OSError):
                    os.unlink(passing)
                raise


def _sync_folder(folder: Path) -> None:
    # Some file systems, and Windows, know no such thing.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
