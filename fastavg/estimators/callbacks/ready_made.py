"""Callbacks for estimators that are ready to use: ``callbacks=[CSVLog("fit.csv"), ...]``.

Each is called with every :class:`~fastavg.estimators.callbacks.adapter.Epoch`; True ends training.
Any function does as well.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Any

from fastavg.errors import ConfigError
from fastavg.estimators.callbacks.adapter import Epoch
from fastavg.machine.destination import check_file

FIGURES = ("loss", "validation_score", "validation_loss", "seconds", "rate_factor")


def _figures(epoch: Epoch) -> dict[str, float]:
    # What is not measured is left out, not written as NaN.
    named = {name: float(getattr(epoch, name)) for name in FIGURES}
    return {name: value for name, value in named.items() if not math.isnan(value)}


def _value(epoch: Epoch, monitor: str) -> float:
    if monitor not in ("loss", "validation_loss", "validation_score"):
        raise ConfigError(
            f"monitor {monitor!r} is unknown; choose loss, validation_loss, validation_score"
        )
    value = float(getattr(epoch, monitor))
    if math.isnan(value) and monitor != "loss":
        raise ConfigError(f"monitor is {monitor}; that needs early_stopping=True")
    return -value if monitor == "validation_score" else value


class EarlyStop:
    """Ends training when a figure has not improved for some epochs.

    Parameters
    ----------
    patience : int, default 10
        Epochs in a row without an improvement after which training ends.
    tol : float, default 0.0
        What the figure must improve by, in its own unit.
    monitor : str, default 'loss'
        The figure: ``loss``, ``validation_loss`` or ``validation_score``.

    Examples
    --------
    >>> stop = EarlyStop(patience=2)
    >>> epochs = [Epoch(k, loss, math.nan, math.nan, 0.0, 1.0, list)
    ...           for k, loss in enumerate([3.0, 2.0, 2.0, 2.0], 1)]
    >>> [stop(epoch) for epoch in epochs]
    [False, False, False, True]
    """

    def __init__(self, patience: int = 10, tol: float = 0.0, monitor: str = "loss") -> None:
        self._patience, self._tol, self._monitor = patience, tol, monitor
        self._best, self._still = math.inf, 0

    def __call__(self, epoch: Epoch) -> bool:
        """Count an epoch; True to end training."""
        value = _value(epoch, self._monitor)
        self._still = 0 if value < self._best - self._tol else self._still + 1
        self._best = min(self._best, value)
        return self._still >= self._patience


class SaveBest:
    """Writes the model of the best epoch so far to a ``.safetensors`` file, whole or not at all.

    Parameters
    ----------
    path : str or path
        The file; an old one of that name is replaced in one step.
    monitor : str, default 'loss'
        The figure: ``loss``, ``validation_loss`` or ``validation_score``.

    Raises
    ------
    ConfigError
        If the file could not be written.

    Examples
    --------
    >>> import tempfile
    >>> from fastavg import MLPClassifier, load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     best = f"{folder}/best.safetensors"
    ...     model = MLPClassifier(max_iter=2, tol=0, callbacks=[SaveBest(best)])
    ...     model = model.fit([[0, 1], [1, 0]], [0, 1])
    ...     print(load(best).classes)
    [0 1]
    """

    def __init__(self, path: str | Path, monitor: str = "loss") -> None:
        check_file(path, "model")
        self._path, self._monitor, self._best = path, monitor, math.inf

    def __call__(self, epoch: Epoch) -> None:
        """Write the epoch's model if it is the best one."""
        value = _value(epoch, self._monitor)
        if value < self._best:
            self._best = value
            epoch.estimator().save(self._path)


class CSVLog:
    """Writes a line for every epoch; a new fit begins the file anew.

    Parameters
    ----------
    path : str or path
        The file: a line of names, then the epoch and its figures, NaN where nothing is held
        out.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from fastavg import MLPClassifier
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = pathlib.Path(folder, "epochs.csv")
    ...     model = MLPClassifier(max_iter=2, tol=0, callbacks=[CSVLog(log)])
    ...     model = model.fit([[0, 1], [1, 0]], [0, 1])
    ...     print(len(log.read_text().splitlines()), "lines")
    3 lines
    """

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)

    def __call__(self, epoch: Epoch) -> None:
        """Write a line."""
        first = epoch.number == 1
        with self._path.open("w" if first else "a", newline="") as file:
            writer = csv.writer(file)
            if first:
                writer.writerow(("epoch", *FIGURES))
            writer.writerow((epoch.number, *(getattr(epoch, name) for name in FIGURES)))


class TensorBoardLog:
    """Writes every epoch's figures for TensorBoard, by tensorboardX.

    Parameters
    ----------
    folder : str or path
        The folder that TensorBoard is to show.

    Raises
    ------
    ConfigError
        If the package tensorboardX is not installed.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise _missing("tensorboardX", "track") from None
        self._writer: Any = SummaryWriter(str(folder))

    def __call__(self, epoch: Epoch) -> None:
        """Write the figures."""
        for name, value in _figures(epoch).items():
            self._writer.add_scalar(name, value, epoch.number)
        self._writer.flush()

    def close(self) -> None:
        """Have everything on the disk now; the end of the program does so too."""
        self._writer.close()


class MLflowLog:
    """Logs every epoch's figures to MLflow's run: the active one, or one that it begins."""

    def __init__(self) -> None:
        try:
            import mlflow
        except ImportError:
            raise _missing("mlflow", "track") from None
        self._mlflow: Any = mlflow

    def __call__(self, epoch: Epoch) -> None:
        """Log the figures."""
        self._mlflow.log_metrics(_figures(epoch), step=epoch.number)


class OptunaPruning:
    """Reports a figure to an Optuna trial, and prunes the trial when Optuna says so.

    Parameters
    ----------
    trial : optuna.Trial
        The trial that is running.
    monitor : str, default 'validation_score'
        The figure: ``loss``, ``validation_loss`` or ``validation_score``.
    """

    def __init__(self, trial: Any, monitor: str = "validation_score") -> None:
        self._trial, self._monitor = trial, monitor

    def __call__(self, epoch: Epoch) -> None:
        """Report; raises ``optuna.TrialPruned`` to end the trial."""
        from optuna import TrialPruned

        _value(epoch, self._monitor)
        self._trial.report(float(getattr(epoch, self._monitor)), epoch.number)
        if self._trial.should_prune():
            raise TrialPruned(f"pruned after epoch {epoch.number}")


def _missing(package: str, extra: str) -> ConfigError:
    return ConfigError(
        f"the package {package} is not installed; pip install 'fastavg[{extra}]' brings it"
    )
