"""``fastavg reproduce``: the paper's experiment, its tables and figures beside the paper's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .command import made

if TYPE_CHECKING:
    from fastavg.experiments import Protocol

Option = typer.Option


@dataclass(frozen=True)
class Variation:
    """What differs from the paper's protocol.

    Attributes
    ----------
    splits : int, optional
        Random splits; 10 if None.
    workers : str, optional
        Worker counts, with commas; ``2,4,8`` if None.
    epochs : str, optional
        Epochs after which accuracy is reported, with commas; ``100,200,250,500`` if None.
    hidden : str, default "25"
        Units of each hidden layer, with commas.
    dtype : str, default "float64"
        ``float32`` or ``float64``.
    sampling : str, default "stratified"
        ``stratified`` or ``resample``.
    ablation : bool, default False
        What each trick of training does, in place of the paper's experiment.
    quick : bool, default False
        Fewer splits, workers and epochs.
    """

    splits: Annotated[int | None, Option(help="Random splits; 10 if not given.")] = None
    workers: Annotated[str | None, Option(
        help="Numbers of workers, in addition to the sequential run; 2,4,8 if not given.",
    )] = None
    epochs: Annotated[str | None, Option(
        help="Epochs to report; 100,200,250,500 if not given.",
    )] = None
    hidden: Annotated[str, Option(help="Units of each hidden layer.")] = "25"
    dtype: Annotated[str, Option(help="float32 or float64.")] = "float64"
    sampling: Annotated[str, Option(
        help="stratified: classes have the same share of every sample; resample: drawn at random.",
    )] = "stratified"
    ablation: Annotated[bool, Option(
        "--ablation", help="In place of the paper's experiment: what each trick of training does "
        "by itself, on 5 splits.",
    )] = False
    quick: Annotated[bool, Option(
        "--quick", help="A version of one minute: 2 splits, workers 2 and 4, 100 and 200 epochs.",
    )] = False


def reproduce(
    output: Annotated[Path, Option(
        help="Folder for results, figures and report; what it has already is not run again.",
    )] = Path("reproduction"),
    data: Annotated[Path | None, Option(
        help="ex4data1.mat, or the folder of digitInput.txt and digitOutput.txt; "
        "the embedded digits if not given.",
    )] = None,
    variation: Variation = Variation(),
    processes: Annotated[int | None, Option(
        help="Most processes, which change no accuracy; the usable CPUs if not given.",
    )] = None,
    json: Annotated[bool, Option("--json", help="One JSON object for each run.")] = False,
    quiet: Annotated[bool, Option("--quiet", help="No progress.")] = False,
) -> None:
    """Run the paper's experiment and write a report; an interrupted one is continued.

    Example: fastavg reproduce --output paper --splits 1 --workers 2 --epochs 10\f

    Parameters
    ----------
    output : path, default "reproduction"
        Folder for results, figures and report.
    data : path, optional
        File or folder of the paper's digits; the embedded digits if None.
    variation : Variation
        What differs from the paper's protocol.
    processes : int, optional
        The largest number of processes; the usable processors if None.
    json : bool, default False
        Write one JSON object for each run.
    quiet : bool, default False
        Show no progress.
    """  # noqa: D301 - help ends at the form feed
    from fastavg.experiments import (
        accuracy_table,
        read_digits,
        require_matplotlib,
        run_all,
        seconds_table,
        write_report,
    )

    from ..process.first_rank import is_first_rank
    from ..terminal.output import write_json, write_line
    from ..terminal.run_progress import RunProgress, run_record
    from ..terminal.text_table import text_table

    if variation.ablation:
        if is_first_rank():
            _ablate(output, variation, processes, quiet or json)
        return
    protocol = _protocol(variation)
    require_matplotlib()
    if not is_first_rank():
        return
    digits = read_digits(data)
    progress = RunProgress(quiet)
    try:
        results = run_all(protocol, digits, output, processes, progress)
    finally:
        progress.close()
    files = write_report(protocol, results, digits, output)
    if json:
        for column in protocol.columns:
            for run in results.of(column, protocol):
                write_json(run_record(run, protocol))
        write_json({"event": "finished", "files": [str(file) for file in files]})
        return
    for table in (accuracy_table(protocol, results), seconds_table(protocol, results)):
        for line in text_table(table):
            write_line(line)
        write_line("")
    write_line(f"report   {files[0]}")
    write_line(f"         {files[1]}")


def _ablate(output: Path, variation: Variation, processes: int | None, quiet: bool) -> None:
    from fastavg import Execution
    from fastavg.experiments.ablation import (
        TRICKS,
        Effect,
        ablation_table,
        run_ablation,
        write_ablation,
    )

    from ..terminal.output import write_line
    from ..terminal.text_table import text_table

    splits = variation.splits or (2 if variation.quick else 5)

    def tell(effect: Effect) -> None:
        if not quiet:
            write_line(f"{effect.trick.name}: {effect.mean:+.2f} points")

    effects = run_ablation(TRICKS, splits, None, Execution(processes), tell)
    page = write_ablation(effects, output)
    if not quiet:
        for line in text_table(ablation_table(effects)):
            write_line(line)
    write_line(str(page))


def _protocol(variation: Variation) -> Protocol:
    from fastavg.experiments import Protocol
    from fastavg.plan.inputs import whole_numbers

    changes: dict[str, Any] = {
        name: whole_numbers(name, text)
        for name in ("hidden", "workers", "epochs")
        if (text := getattr(variation, name)) is not None
    }
    if variation.splits is not None:
        changes["splits"] = variation.splits
    protocol = Protocol.quick() if variation.quick else Protocol()
    return replace(protocol, dtype=variation.dtype, sampling=variation.sampling, **changes)


def command() -> Any:
    """The command, for ``fastavg``."""
    return made(reproduce)
