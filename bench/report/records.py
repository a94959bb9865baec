"""What is kept of runs: one JSON file for a day and a machine; partial runs add to it."""

from __future__ import annotations

import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

FOLDER = Path(__file__).parents[1] / "results"
Results = dict[str, Any]


def machine() -> dict[str, Any]:
    """Processor, usable cores, memory, system, and settings of OpenBLAS that are inherited."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    found = {
        name: match.group(1) for name in ("model name", "cpu family", "model", "cache size")
        if (match := re.search(rf"^{name}\s*: (.*)$", text, re.MULTILINE))
    }
    return {
        "processor": found.get("model name", platform.processor() or platform.machine()),
        "family": found.get("cpu family", ""), "model": found.get("model", ""),
        "avx512": "avx512f" in text,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "inherited": {
            name: value for name, value in sorted(os.environ.items())
            if name.startswith("OPENBLAS_")
        },
    }


def machine_name(about: dict[str, Any]) -> str:
    """For a file's name.

    >>> machine_name({"processor": "AMD EPYC (TM) 9", "family": "26", "cores": 2})
    'amd-epyc-tm-9-family-26-2-cores'
    """
    words = f"{about['processor']} family {about['family']} {about['cores']} cores"
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def path_of_today(folder: Path = FOLDER) -> Path:
    return folder / f"{datetime.now(UTC):%Y-%m-%d}-{machine_name(machine())}.json"


def merge(path: Path, measured: dict[str, Any], versions: dict[str, str]) -> Results:
    """Add records to a file, in place of older ones of the same names; return all of it."""
    kept: Results = json.loads(path.read_text()) if path.exists() else {"measured": {}}
    kept["machine"] = machine()
    kept["versions"] = {**kept.get("versions", {}), **versions}
    kept["measured"] = {**kept["measured"], **measured}
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n")
    new.replace(path)
    return kept


def newest(folder: Path = FOLDER) -> Path | None:
    """The file with the latest record of all.

    Raises
    ------
    ValueError
        If a file is not one of these.
    """
    latest: tuple[str, Path] | None = None
    for path in folder.glob("*.json"):
        times = [record["at"] for record in json.loads(path.read_text())["measured"].values()]
        if times and (latest is None or max(times) > latest[0]):
            latest = (max(times), path)
    return latest[1] if latest else None


def now() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
