"""Results on disk: one JSON file that is whole at any time, so that a run can go on."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError, FileDamaged
from fastavg.experiments.digits import Digits
from fastavg.experiments.measure import Measured
from fastavg.experiments.protocol import Column, Protocol
from fastavg.machine.atomic_file import write_atomically
from fastavg.machine.resources import usable_cpus
from fastavg.version import VERSION

FILE, FORMAT = "results.json", 1


@dataclass
class Results:
    """All runs so far, and what they were made with.

    Parameters
    ----------
    settings : dict
        What must be the same for all runs of a file; of :func:`settings`.
    machine : dict
        Where the last run was made; of :func:`machine`.
    runs : dict
        :class:`Measured` by the column's key and the split.
    """

    settings: dict[str, Any]
    machine: dict[str, Any] = field(default_factory=dict)
    runs: dict[tuple[str, int], Measured] = field(default_factory=dict)

    def get(self, column: Column, split: int) -> Measured | None:
        """A run, None if it is still to do.

        Parameters
        ----------
        column : Column
            One way to train.
        split : int
            The split's number, from 0; seeds rows, start and samples.
        """
        return self.runs.get((column.key, split))

    def add(self, run: Measured) -> None:
        """Keep a run.

        Parameters
        ----------
        run : Measured
            Takes the place of an earlier run of its column and split.
        """
        self.runs[run.column, run.split] = run

    def of(self, column: Column, protocol: Protocol) -> list[Measured]:
        """The runs of a column, split by split.

        Parameters
        ----------
        column : Column
            One way to train.
        protocol : Protocol
            Columns, splits and epochs of the experiment.
        """
        found = (self.get(column, split) for split in range(protocol.splits))
        return [run for run in found if run is not None]

    def save(self, folder: Path) -> None:
        """Write the file, whole or not at all.

        Parameters
        ----------
        folder : Path
            Where the files are, or will be.
        """
        runs = ",\n".join(json.dumps(asdict(self.runs[key])) for key in sorted(self.runs))
        head = json.dumps({
            "format": FORMAT, "fastavg": VERSION, "settings": self.settings,
            "machine": self.machine,
        }, indent=1)
        text = f"{head[:-2]},\n \"runs\": [\n{runs}\n]\n}}\n"
        write_atomically(folder / FILE, text.encode())


def settings(protocol: Protocol, digits: Digits) -> dict[str, Any]:
    """What must not differ between the runs of one file.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    digits : Digits
        The images and their classes.
    """
    return {
        "data": digits.source, "data_sha256": digits.digest(), "rows": len(digits.X),
        "features": digits.X.shape[1], "hidden": list(protocol.hidden),
        "epochs": list(protocol.epochs), "dtype": protocol.dtype,
        "sampling": protocol.sampling,
    }


def machine() -> dict[str, Any]:
    """The machine that the runs are measured on."""
    from fastavg.kernels.blas.openblas import core_name
    from fastavg.kernels.jit.plain_path import plain_search_path

    with plain_search_path():
        versions = {name: version(name) for name in ("numpy", "scipy", "numba")}
    return {
        "processor": _processor(), "cpus": usable_cpus(), "system": platform.system(),
        "python": platform.python_version(),
        **versions,
        "blas_kernels": core_name(),
    }


def open_results(folder: Path, protocol: Protocol, digits: Digits) -> Results:
    """The results in a folder, to go on with; new ones if there are none.

    Parameters
    ----------
    folder : Path
        Where the files are, or will be.
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    digits : Digits
        The images and their classes.

    Raises
    ------
    ConfigError
        If they were made with other settings.
    FileDamaged
        If the file is not what fastavg wrote.
    """
    wanted = settings(protocol, digits)
    path = folder / FILE
    if not path.exists():
        return Results(wanted)
    try:
        found = json.loads(path.read_text())
        known = found["settings"]
        if found["format"] != FORMAT:
            raise ValueError("format")
        runs = [Measured(**run) for run in found["runs"]]
    except (ValueError, KeyError, TypeError):
        raise FileDamaged(
            f"{path}: it is not a results file of fastavg; remove it or choose another folder"
        ) from None
    for name, value in wanted.items():
        if known.get(name) != value:
            raise ConfigError(
                f"{path}: it was made with {name} {known.get(name)}, not {value}; "
                "choose another folder or the same settings"
            )
    results = Results(known, found["machine"])
    for run in runs:
        results.add(run)
    return results


def _processor() -> str:
    name = ""
    if os.path.exists("/proc/cpuinfo"):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    return name or platform.processor() or platform.machine()
