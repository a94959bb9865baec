"""What the control groups (versions 1 and 2) of this process grant it.

A limit may be set on any group from the process's own up to the root; the tightest
counts.  Outside Linux there are none.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path("/sys/fs/cgroup")


def folders(controller: str, root: Path = ROOT) -> Iterator[Path]:
    """Folders of this process's groups for ``cpu`` or ``memory``, its own first.

    Parameters
    ----------
    controller : str
        ``cpu`` or ``memory``.
    root : path, default /sys/fs/cgroup
        Where the control groups are mounted.
    """
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, names, place = line.split(":", 2)
            if not names:
                mounts = [root, root / "unified"]
            elif controller in names.split(","):
                mounts = [root / controller, root / names]
            else:
                continue
            for mount in mounts:
                path = PurePosixPath(place.lstrip("/"))
                for inner in (path, *path.parents):
                    if (mount / inner).is_dir():
                        yield mount / inner


def memory_left() -> int | None:
    """Bytes until the tightest memory limit, None without a limit."""
    left = []
    for folder in folders("memory"):
        for limit, used, cache in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            # "max" is no number, and no limit.
            with contextlib.suppress(OSError, ValueError):
                most = int((folder / limit).read_text())
                now = int((folder / used).read_text()) - _count(folder / "memory.stat", cache)
                left.append(max(0, most - now))
    return min(left, default=None)


def cpu_quota() -> float | None:
    """Processors' worth of time that the tightest quota grants, None without a quota."""
    quotas = []
    for folder in folders("cpu"):
        with contextlib.suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            quotas.append(int(quota) / int(period))
        with contextlib.suppress(OSError, ValueError):
            quota = (folder / "cpu.cfs_quota_us").read_text()
            if int(quota) > 0:
                quotas.append(int(quota) / int((folder / "cpu.cfs_period_us").read_text()))
    return min(quotas, default=None)


def memory_kills() -> int:
    """How often the kernel has ended a process of these groups, or of this machine, for memory."""
    kills = _count(Path("/proc/vmstat"), "oom_kill")
    for folder in folders("memory"):
        kills += _count(folder / "memory.events", "oom_kill")
        kills += _count(folder / "memory.oom_control", "oom_kill")
    return kills


def _count(path: Path, name: str) -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in path.read_text().splitlines():
            word, _, value = line.partition(" ")
            if word == name:
                return int(value)
    return 0
