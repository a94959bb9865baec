"""The report: what was run, tables, figures, checks and analysis, as Markdown and HTML."""

from __future__ import annotations

from pathlib import Path

from fastavg.experiments.analysis import analyse
from fastavg.experiments.digits import Digits
from fastavg.experiments.figures import draw_figures
from fastavg.experiments.paper_checks import all_checks
from fastavg.experiments.protocol import FRACTION, Protocol
from fastavg.experiments.reproduce import REPORTS
from fastavg.experiments.results import Results
from fastavg.experiments.tables import (
    accuracy_table,
    cores,
    cost_table,
    crossing_table,
    seconds_table,
)
from fastavg.machine.atomic_file import write_atomically
from fastavg.plan.profiles import paper
from fastavg.reports.document import Block, Heading, Table, Text, markdown, page

MARKDOWN, HTML = REPORTS


def write_report(
    protocol: Protocol, results: Results, digits: Digits, folder: Path
) -> list[Path]:
    """Draw the figures and write both forms of the report; return all files.

    Parameters
    ----------
    protocol : Protocol
        Columns, splits and epochs of the experiment.
    results : Results
        The runs that were made.
    digits : Digits
        The images and their classes.
    folder : Path
        Where the files are, or will be.

    Raises
    ------
    ConfigError
        If matplotlib is not installed.
    """
    figures = draw_figures(protocol, results, folder)
    accuracy, seconds, workers, convergence = figures
    blocks: list[Block] = [
        Heading(1, "The paper's experiment, run again"), *_introduction(protocol, results, digits),
        Heading(2, "Accuracy"), accuracy_table(protocol, results), accuracy,
        Heading(2, "Seconds"), seconds_table(protocol, results), seconds, workers,
        cost_table(protocol, results),
        Heading(2, "Convergence"), crossing_table(protocol, results), convergence,
        Heading(2, "Is the paper reproduced?"), _checks(protocol, results),
        *analyse(protocol, results, digits),
    ]
    for name, text in ((MARKDOWN, markdown(blocks)), (HTML, page(blocks))):
        write_atomically(folder / name, text.encode())
    drawings = [folder / figure.file for figure in figures]
    return [folder / MARKDOWN, folder / HTML, *drawings]


def _introduction(protocol: Protocol, results: Results, digits: Digits) -> list[Block]:
    plan = paper().plan
    l2 = plan.regularization.l2
    layers = "-".join(str(s) for s in protocol.network(digits.X.shape[1], 10).layer_sizes)
    shown = protocol.columns[-2].workers
    machine = results.machine
    return [
        Text(
            '"Distributed Neural Networks: A Parallel Approach" by Tasneem Alowaisheq and '
            "Devendra Singh Dhami trains a small network on 5,000 digits, alone and with 2, 4 "
            "and 8 map tasks whose weights are averaged every five epochs. `fastavg reproduce` "
            "runs that experiment and writes this page; all numbers in it, also those in "
            "sentences, come from `results.json` beside it."
        ),
        Text(
            f"**What was run.** Data: {digits.source} ({len(digits.X)} rows). "
            f"{protocol.splits} random splits into 70 % training and 30 % test rows; the split's "
            f"number seeds rows, start and samples. Network: {layers}, logistic units, binary "
            f"cross-entropy for each output, penalty {l2} / (2 m) times the squared weights. "
            f"Start: {plan.init}. Every worker draws {100 * FRACTION:.0f} % of the training "
            f"rows in each round{_classes(protocol)} and makes five line searches (five epochs) "
            "of Polak-Ribiere conjugate gradients on them; then all are averaged. Numbers are "
            f"{protocol.dtype}. "
            f"**Derivatives ({shown})** averages derivatives instead of weights; "
            "**Symmetric start** is the sequential run with Glorot's start and Adam on "
            "mini-batches of 32 rows."
        ),
        Text(
            f"**Where.** {machine.get('processor')}, {cores(results)}; Python "
            f"{machine.get('python')}, NumPy {machine.get('numpy')}, SciPy "
            f"{machine.get('scipy')} (BLAS kernels for {machine.get('blas_kernels')}), Numba "
            f"{machine.get('numba')}. The sequential run has one process, a parallel one as many "
            "as there are workers, but no more than cores."
        ),
    ]


def _classes(protocol: Protocol) -> str:
    return ", every digit in its share," if protocol.sampling == "stratified" else ""


def _checks(protocol: Protocol, results: Results) -> Table:
    rows = [
        (check.statement, check.found, "yes" if check.holds else "no")
        for check in all_checks(protocol, results)
    ]
    return Table(("Statement", "Found", "Holds"), rows, (
        "What the paper says, decided by these results."
    ))
