"""A model of a table: what becomes of its columns, and networks whose answers are averaged.

.. code-block:: text

    columns by name --> encoder --> network of member 1 --.
                           |------> network of member 2 --+--> mean --> classes or numbers
                           '------> ...                 --'
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan
from fastavg.data.frame import Frame
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.errors import ConfigError, DataError
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.resources import usable_cpus
from fastavg.models.tabular_file import TabularParts, write_tabular
from fastavg.networks.network import OUTPUTS, Network
from fastavg.networks.workspace import Workspace

ROWS = 256
# Rows that one thread encodes before it predicts them.
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class TabularModel:
    """Trained networks that predict from the columns of a table.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    members : array (n_members, n_weights)
        The weights of each.
    encoder : TableEncoder
        What becomes of the columns.
    columns : ColumnPlan
        What every column of the training table was taken for.
    classes : array (n_classes,), optional
        The label of each output unit; None for a model of numbers.
    target_scaling : TargetScaling, optional
        Of a model of numbers; None for classes.
    temperature : float, default 1.0
        What the networks' values are divided by before they become probabilities.
    target_name : str, optional
        The column that it predicts.

    Raises
    ------
    ConfigError
        If the parts do not fit each other.
    """

    network: Network
    members: NDArray[np.floating]
    encoder: TableEncoder
    columns: ColumnPlan
    classes: NDArray[Any] | None = None
    target_scaling: TargetScaling | None = None
    temperature: float = 1.0
    target_name: str | None = None

    def __post_init__(self) -> None:
        if self.members.ndim != 2 or not len(self.members):
            raise ConfigError(f"members have shape {self.members.shape}; a row for each is needed")
        self.network.views(self.members[0])
        inputs, outputs = self.network.layer_sizes[0], self.network.layer_sizes[-1]
        if inputs != self.encoder.width:
            raise ConfigError(f"the network has {inputs} inputs; columns give {self.encoder.width}")
        if (self.classes is None) == (self.target_scaling is None):
            raise ConfigError("a model of a table has classes, or scaled targets, and not both")
        given = self.classes if self.classes is not None else self.target_scaling.mean  # type: ignore[union-attr]
        if len(given) != outputs:
            raise ConfigError(f"the network has {outputs} outputs; {len(given)} are named")

    @property
    def target(self) -> str:
        """What it predicts: ``class`` or ``number``."""
        return "number" if self.classes is None else "class"

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns that it looks up."""
        return self.encoder.columns

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Probabilities, one column for each class: the mean of the members'.

        Parameters
        ----------
        X : DataFrame, Frame, or anything that :func:`fastavg.data.frame_sources.frame_of` takes
            Columns by name; others are not looked at.

        Returns
        -------
        array (n_rows, n_classes) of float64
            Each row adds up to 1.

        Raises
        ------
        ConfigError
            If the model predicts numbers.
        DataError
            If a column is missing or has changed.
        """
        if self.classes is None:
            raise ConfigError("this model predicts numbers; only classes have probabilities")
        return self._mean(X, self._probabilities)

    def predict(self, X: Any) -> NDArray[Any]:
        """The class or the number of each row.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.

        Returns
        -------
        array (n_rows,) or (n_rows, n_outputs)
            Labels, or float64 in the targets' own units.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        if self.classes is not None:
            answers: NDArray[Any] = self.classes[self.predict_proba(X).argmax(axis=1)]
            return answers
        numbers = self._mean(X, self._numbers)
        return numbers[:, 0] if numbers.shape[1] == 1 else numbers

    def member_predictions(self, X: Any) -> NDArray[np.float64]:
        """Every member's own numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.

        Returns
        -------
        array (n_members, n_rows, n_outputs) of float64
            In the targets' own units.

        Raises
        ------
        ConfigError
            If the model predicts classes.
        DataError
            If a column is missing or has changed.
        """
        if self.classes is not None:
            raise ConfigError("this model predicts classes; predict_proba has their probabilities")
        found = [
            TabularModel(
                self.network, self.members[at : at + 1], self.encoder, self.columns, None,
                self.target_scaling,
            )._mean(X, self._numbers)
            for at in range(len(self.members))
        ]
        return np.stack(found)

    def score(self, X: Any, y: Any) -> float:
        """Accuracy, or R squared of numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The true labels or numbers.

        Returns
        -------
        float
            1 for a perfect model.

        Raises
        ------
        DataError
            If X or y cannot be used.
        """
        from sklearn.metrics import r2_score

        predicted, y = self.predict(X), np.asarray(y)
        if len(y) != len(predicted):
            raise DataError(f"y has {len(y)} values; the table has {len(predicted)} rows")
        if self.classes is not None:
            return float(np.mean(predicted == y))
        return float(r2_score(y, predicted))

    def loss(self, X: Any, y: Any) -> float:
        """Log loss of classes, squared error of numbers.

        Parameters
        ----------
        X : DataFrame, Frame or dict of columns
            See :meth:`predict_proba`.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The true labels or numbers.

        Returns
        -------
        float
            The mean over the rows: in nats, or in the square of the targets' unit.

        Raises
        ------
        DataError
            If X or y cannot be used, or y holds a class that training never saw.
        """
        y = np.asarray(y)
        if self.classes is None:
            return float(np.mean((self.predict(X) - y) ** 2))
        places = np.searchsorted(self.classes, y).clip(0, len(self.classes) - 1)
        if not np.array_equal(self.classes[places], y):
            raise DataError("y holds a class that the model was not trained on")
        chosen = self.predict_proba(X)[np.arange(len(y)), places]
        return float(-np.mean(np.log(np.maximum(chosen, np.finfo(np.float64).tiny))))

    def save(self, path: str | Path) -> None:
        """Write the model to one ``.safetensors`` file, whole or not at all.

        Parameters
        ----------
        path : str or path
            The file; an old one of that name is replaced in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        parts = TabularParts(
            self.network, self.members, self.encoder, self.columns, self.classes,
            self.target_scaling, self.temperature, self.target_name,
        )
        write_tabular(parts, path)

    def _probabilities(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        exact = z.astype(np.float64) / self.temperature
        e = np.exp(exact - exact.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))

    def _numbers(self, z: NDArray[np.floating]) -> NDArray[np.float64]:
        assert self.target_scaling is not None
        return self.target_scaling.invert(z.astype(np.float64))

    def _mean(self, X: Any, answer: Any) -> NDArray[np.float64]:
        """The mean of the members' answers, block by block, on as many threads as CPUs."""
        frame = X if isinstance(X, Frame) else frame_of(X)
        values = self.encoder.values(frame)
        n_rows, outputs = len(frame), self.network.layer_sizes[-1]
        out = np.empty((n_rows, outputs))
        starts = range(0, n_rows, BLOCK)
        threads = max(1, min(usable_cpus(), len(starts)))

        def work(mine: range) -> None:
            networks = [Forward(self.network, weights) for weights in self.members]
            inputs = np.empty((min(BLOCK, n_rows), self.encoder.width), self.members.dtype)
            for start in mine:
                stop = min(start + BLOCK, n_rows)
                rows = inputs[: stop - start]
                self.encoder.write(values, start, stop, rows)
                total = np.zeros((stop - start, outputs))
                for network in networks:
                    total += answer(network(rows))
                out[start:stop] = total / len(networks)

        with one_blas_thread():
            if threads == 1:
                work(starts)
            else:
                # The first block compiles, or loads, what all others use.
                work(starts[:1])
                with ThreadPoolExecutor(threads) as pool:
                    for done in [pool.submit(work, starts[at::threads]) for at in range(threads)]:
                        done.result()
        return out


class Forward:
    """One member's weights, laid out for the kernels, and the memory to run them in.

    Parameters
    ----------
    network : Network
        The layers.
    weights : array (n_weights,)
        The member's weights; float32 or float64, in which the kernels compute.
    """

    def __init__(self, network: Network, weights: NDArray[np.floating]) -> None:
        from fastavg.kernels.network.packing import repack

        self._network, self._dtype = network, weights.dtype
        self._space = Workspace(network, ROWS, weights.dtype, training=False)
        flat = np.require(weights, requirements=["C", "W"])
        repack(self._space.dense, flat, self._space.layers, self._space.theta)

    def __call__(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """The last layer's values for encoded rows, before the output function."""
        from fastavg.kernels.network.dense import predict_rows

        space = self._space
        out = np.empty((len(rows), self._network.layer_sizes[-1]), self._dtype)
        for start in range(0, len(rows), ROWS):
            block = rows[start : start + ROWS]
            predict_rows(
                space.layers, OUTPUTS["identity"], space.theta, space.scratch.blocks,
                space.scratch.tile, block, 0, len(block), out[start : start + ROWS],
            )
        return out
