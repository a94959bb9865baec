"""The paper's experiment: run it, put its tables and figures beside the paper's."""

from __future__ import annotations

from fastavg.experiments.digits import Digits, read_digits
from fastavg.experiments.figures import require_matplotlib
from fastavg.experiments.measure import Measured
from fastavg.experiments.protocol import Column, Protocol
from fastavg.experiments.report import write_report
from fastavg.experiments.reproduce import Progress, run_all
from fastavg.experiments.results import Results
from fastavg.experiments.tables import accuracy_table, seconds_table

__all__ = [
    "Column",
    "Digits",
    "Measured",
    "Progress",
    "Protocol",
    "Results",
    "accuracy_table",
    "read_digits",
    "require_matplotlib",
    "run_all",
    "seconds_table",
    "write_report",
]
