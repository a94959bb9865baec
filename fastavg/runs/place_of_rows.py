"""Where the rows of a table are during training: in memory, or in their files."""

from __future__ import annotations

from fastavg.data.large_tables.frame_files import take_much_memory
from fastavg.plan.inputs import DataOptions
from fastavg.plan.profiles import Config
from fastavg.plan.table_options import TableOptions

# What needs all rows at one place, by the option's name.
WHOLE = {"group": "--group", "cv": "--cv", "test": "--test"}


def stays_on_disk(
    given: Config, data: DataOptions, options: TableOptions, keeps_run: bool = False
) -> bool:
    """Whether a run reads its table from disk in every epoch: if told so, or if it is large.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    data : DataOptions
        Files, and where their rows are.
    options : TableOptions
        Some of them need all rows in memory.
    keeps_run : bool
        Whether the run goes into a folder, for whose report rows are read again.
    """
    if data.rows_from != "auto":
        return data.rows_from == "disk"
    assert data.file is not None
    whole = (
        keeps_run or any(getattr(options, name) is not None for name in WHOLE)
        or options.quantiles or given.get("network", {}).get("hidden") == "auto"
    )
    return not whole and take_much_memory(data.file)
