"""The folder of a search: every trial on file, the best options, and whose search it is.

.. code-block:: text

    DIR/  trials.journal   every trial, as Optuna keeps it; a search goes on from it
          trials.csv       a line for each trial: number, state, score, options
          best.toml        the best options so far: ``fastavg train --config`` runs them
"""

from __future__ import annotations

import csv
import fcntl
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError
from fastavg.machine.atomic_file import write_atomically
from fastavg.machine.destination import check_folder

JOURNAL, BEST, TABLE, LOCK = "trials.journal", "best.toml", "trials.csv", ".lock"
NAME, IDENTITY = "fastavg", "search"


@contextmanager
def open_study(folder: Path, identity: dict[str, Any]) -> Iterator[Any]:
    """The study in a folder, made or gone on with; nobody else's meanwhile.

    Parameters
    ----------
    folder : path
        The folder, there or not.
    identity : dict
        What decides the trials, of plain values: a folder with another one is refused.

    Yields
    ------
    optuna.Study
        Whose trials that were broken off do not count.

    Raises
    ------
    ConfigError
        If Optuna is missing, the folder cannot be used or is another search's, or a search is
        under way in it.
    """
    try:
        import optuna
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend
    except ImportError:
        raise ConfigError(
            "the package optuna is not installed; pip install 'fastavg[tune]' brings it"
        ) from None
    check_folder(folder, "search")
    folder.mkdir(parents=True, exist_ok=True)
    foreign = any(folder.iterdir()) and not (folder / JOURNAL).exists()
    if foreign and {each.name for each in folder.iterdir()} != {LOCK}:
        raise ConfigError(f"{folder} holds files of something else; a search needs its own folder")
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigError(f"a search is under way in {folder}") from None
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        try:
            storage = JournalStorage(JournalFileBackend(str(folder / JOURNAL)))
            study = optuna.create_study(
                storage=storage, study_name=NAME, direction="maximize", load_if_exists=True,
            )
        except (ValueError, KeyError) as error:
            raise ConfigError(f"{folder / JOURNAL} is damaged: {error}") from None
        text = json.dumps(identity, sort_keys=True)
        found = study.user_attrs.get(IDENTITY)
        if found is None:
            study.set_user_attr(IDENTITY, text)
        elif found != text:
            raise ConfigError(
                f"{folder} holds a search of other {differing(found, text)}; name another folder"
            )
        running = optuna.trial.TrialState.RUNNING
        for trial in study.get_trials(deepcopy=False, states=(running,)):
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        yield study


def differing(found: str, text: str) -> str:
    """In what two identities differ.

    Parameters
    ----------
    found, text : str
        As JSON objects.

    Returns
    -------
    str
        Names with commas.

    Examples
    --------
    >>> differing('{"seed": 1, "data": "a"}', '{"seed": 2, "data": "a"}')
    'seed'
    """
    one, other = json.loads(found), json.loads(text)
    return ", ".join(
        name for name in sorted({*one, *other}) if one.get(name) != other.get(name)
    )


def write_best(folder: Path, text: str) -> None:
    """Keep the best options so far.

    Parameters
    ----------
    folder : path
        The search's.
    text : str
        TOML.
    """
    write_atomically(folder / BEST, text.encode())


def write_table(folder: Path, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Keep all trials as a table.

    Parameters
    ----------
    folder : path
        The search's.
    names : sequence of str
        The columns.
    rows : sequence of sequence
        One for each trial.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(rows)
    write_atomically(folder / TABLE, text.getvalue().encode())
