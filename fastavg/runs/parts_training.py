"""A plain network on rows that stay with their ranks, as the options of a run describe it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together, workers_of
from fastavg.data.parts.contract import PartSource
from fastavg.data.parts.encoded_parts import encoded_parts
from fastavg.data.parts.learnt import Learnt, learn
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.table_parts import TableParts
from fastavg.data.preprocessing.column_statistics import no_range, range_of_all, widened
from fastavg.data.preprocessing.exact_sums import exact_sums
from fastavg.errors import ConfigError
from fastavg.models.model import Model
from fastavg.plan.inputs import DataOptions
from fastavg.plan.placement import cpus_of_all
from fastavg.plan.profiles import Config, as_table
from fastavg.plan.resolve import Facts, layered, resolve

# What is known of whole tables only, by option.
WHOLE = {
    ("network", "start_from"): "--start-from",
    ("data", "validation"): "--validation",
}


class OpenedParts(NamedTuple):
    """The rows of this rank, and what all ranks have learnt.

    Parameters
    ----------
    parts : RankParts
        Training and test rows.
    learnt : Learnt
        Kind, classes and scaling.
    test_rows : int
        Of all ranks.
    facts : Facts
        Of the run.
    """

    parts: RankParts
    learnt: Learnt
    test_rows: int
    facts: Facts


def check_options_of_parts(given: Config, options: DataOptions) -> None:
    """Refuse what needs all rows at one place.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : DataOptions
        Where the rows come from.

    Raises
    ------
    ConfigError
        If an option is one of those; names it.
    """
    for (section, name), flag in WHOLE.items():
        if as_table(given.get(section)).get(name):
            raise ConfigError(
                f"{flag} needs all rows at one place, and with sampling partitions each rank has "
                "its own; leave it out, or choose sampling shards"
            )
    if as_table(given.get("solver")).get("learning_rate") == "auto":
        raise ConfigError(
            "learning_rate auto tries rates on all rows, and with sampling partitions each rank "
            "has its own; give a number"
        )
    if options.read_by == "root":
        raise ConfigError(
            "read_by is root, which sends all rows to all ranks; with sampling partitions each "
            "rank reads its own"
        )


def open_rank_parts(
    given: Config, options: DataOptions, ranks: Communicator, *profiles: str
) -> OpenedParts:
    """Open the data of a run, and learn what has to be known of all rows; a collective.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file.
    options : DataOptions
        Where the rows come from, and how they are split and scaled.
    ranks : Communicator
        Between ranks.
    *profiles : str
        Names of profiles.

    Raises
    ------
    DataError
        On every rank, if the rows of one cannot be used.
    ConfigError
        If an option is impossible.
    """
    cpus = cpus_of_all(ranks)
    with failing_together(ranks):
        source = _source(given, options, Facts(0, 1, 2, "class", cpus=cpus), profiles)
        held = workers_of(ranks.rank, ranks.size, len(source.sizes))
        parts = RankParts(source, held, options.test_size)
    scale = options.scale
    if isinstance(source, TableParts):
        wanted = "robust" if scale == "auto" else scale
        source, scale = encoded_parts(source, wanted, ranks, options.test_size), "none"
        parts = RankParts(source, held, options.test_size)
    learnt = learn(parts, options.kind, scale, ranks)
    test_rows = np.array([parts.test_rows])
    ranks.allreduce(test_rows)
    return OpenedParts(parts, learnt, int(test_rows[0]), Facts(
        parts.cut.n_rows, source.n_features, learnt.n_outputs, learnt.target, "float32", cpus,
        ranks.size,
    ))


def _source(
    given: Config, options: DataOptions, facts: Facts, profiles: tuple[str, ...]
) -> PartSource:
    def opened(workers: int) -> PartSource:
        return open_parts(options.file, options.target, options.weights, workers)

    asked = layered(given, *profiles).get("workers", 1)
    if asked != "auto":
        return opened(asked if isinstance(asked, int) and asked > 0 else 1)
    # How many workers are worth while is said by the rows that train.
    rows = round((1 - options.test_size) * sum(opened(1).sizes))
    kept = {
        name: value for name, value in given.items() if name in ("batch_size", "epochs", "solver")
    }
    return opened(resolve(kept, facts._replace(rows=rows), *profiles).plan.workers)


def score_of_all(model: Model, opened: OpenedParts, ranks: Communicator) -> float | None:
    """Accuracy or R squared of the test rows of all ranks; a collective.

    Parameters
    ----------
    model : Model
        Predicts in the units of the file.
    opened : OpenedParts
        With the test rows of this rank.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    float or None
        The same on every rank; None without test rows.
    """
    if not opened.test_rows:
        return None
    if model.target != "number":
        right = np.zeros(1, np.int64)
        for predicted, y in _predicted(model, opened.parts):
            right[0] += int((predicted == y).sum())
        ranks.allreduce(right)
        return float(right[0]) / opened.test_rows
    pairs = list(_predicted(model, opened.parts))
    outputs = opened.learnt.n_outputs
    y = np.concatenate([np.zeros((0, outputs)), *(np.reshape(y, (-1, outputs)) for _, y in pairs)])
    said = np.concatenate(
        [np.zeros((0, outputs)), *(np.reshape(each, (-1, outputs)) for each, _ in pairs)]
    )

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        extent = range_of_all(widened(no_range(outputs), values), ranks)
        return exact_sums([values], extent.largest, ranks)

    residual = total((y - said) ** 2)
    variation = total((y - total(y) / opened.test_rows) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        scores = np.where(variation > 0, 1 - residual / variation, np.where(residual > 0, 0.0, 1.0))
    return float(scores.mean())


def _predicted(model: Model, parts: RankParts) -> Iterator[tuple[Any, NDArray[Any]]]:
    for block in parts.test_blocks():
        assert block.y is not None
        y = block.y[:, 0] if block.y.ndim == 2 and block.y.shape[1] == 1 else block.y
        yield model.predict(block.X), y
