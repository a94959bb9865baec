"""What ranks learn together of rows that none of them has all of.

Kind and classes of the target, scaling of features and of numbers to be predicted, rows of each
class.  Every figure is the same to the bit for any distribution of the rows over ranks: ranges and
counts have no rounding, and sums are exact (:mod:`fastavg.data.preprocessing.exact_sums`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.target_survey import TargetSurvey, labels_of, survey_of_all
from fastavg.data.preprocessing.column_statistics import (
    Range,
    moments_of_all,
    no_range,
    range_of_all,
    widened,
)
from fastavg.data.preprocessing.scaling import (
    SCALES,
    Scaling,
    needs_moments,
    scaling_by_range,
    standard_scaling,
)
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.data.table import Table
from fastavg.errors import ConfigError


@dataclass(frozen=True, eq=False)
class Learnt:
    """What the training rows of all ranks say.

    Parameters
    ----------
    target : str
        ``class`` or ``number``.
    classes : array (n_classes,), optional
        The labels, in ascending order; None for numbers.
    members : array (n_classes,) of int64, optional
        Training rows of each class.
    scaling : Scaling, optional
        Of the features; None if they stay as they are.
    target_scaling : TargetScaling, optional
        Of numbers to be predicted.
    n_outputs : int
        Units of the last layer.
    """

    target: str
    classes: NDArray[Any] | None
    members: NDArray[np.int64] | None
    scaling: Scaling | None
    target_scaling: TargetScaling | None
    n_outputs: int

    @property
    def n_targets(self) -> int:
        """Columns of the targets: class numbers are one."""
        return 1 if self.classes is not None else self.n_outputs

    def features(self, table: Table, dtype: str) -> NDArray[np.floating]:
        """X as the network sees it.

        Parameters
        ----------
        table : Table
            Rows as they came.
        dtype : str
            ``float32`` or ``float64``.
        """
        if self.scaling is None:
            return np.ascontiguousarray(table.X, dtype)
        return self.scaling.apply(table.X, dtype)

    def targets(self, table: Table, standardise: bool) -> NDArray[np.float64]:
        """y as the network is trained on it, (n_rows, n_targets).

        Parameters
        ----------
        table : Table
            Rows as they came.
        standardise : bool
            Whether numbers are scaled.
        """
        assert table.y is not None
        if self.classes is not None:
            numbers = np.searchsorted(self.classes, labels_of(table.y, self.classes))
            return numbers[:, None].astype(np.float64)
        y = np.asarray(table.y, np.float64).reshape(len(table.y), -1)
        if standardise and self.target_scaling is not None:
            return self.target_scaling.apply(y)
        return y

    def weights(self, table: Table, balanced: bool) -> NDArray[np.float64] | None:
        """How much each row counts; None if all count the same.

        Parameters
        ----------
        table : Table
            Rows as they came.
        balanced : bool
            Whether all classes are to weigh the same.
        """
        if not balanced or self.classes is None or self.members is None:
            return table.weights
        assert table.y is not None
        of_class = self.members.sum() / (len(self.classes) * self.members)
        own = of_class[np.searchsorted(self.classes, labels_of(table.y, self.classes))]
        weighted: NDArray[np.float64] = own if table.weights is None else own * table.weights
        return weighted


def learn(parts: RankParts, kind: str, scale: str, ranks: Communicator) -> Learnt:
    """Look at the training rows of all ranks; a collective.

    The rows are read up to three times: for ranges and classes, for means, for deviations.

    Parameters
    ----------
    parts : RankParts
        This rank's rows.
    kind : str
        ``class``, ``number``, or ``auto`` to find out.
    scale : str
        As for :func:`fastavg.data.preprocessing.scaling.fit_scaling`.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    DataError
        On every rank, if the rows of one cannot be used.
    ConfigError
        If the scaling or the kind is unknown.
    """
    if scale not in SCALES:
        raise ConfigError(f"scale {scale!r} is unknown; choose {', '.join(SCALES)}")
    if scale == "decorrelate":
        raise ConfigError(
            "scale is decorrelate, which needs all rows at one place, and with sampling partitions "
            "each rank has its own; choose standard"
        )
    own, survey = no_range(parts.source.n_features), TargetSurvey()
    with failing_together(ranks):
        for block in parts.train_blocks():
            own = widened(own, block.X)
            survey.add(block.y)
    n_rows, extent = parts.cut.n_rows, range_of_all(own, ranks)
    found = survey_of_all(survey, kind, n_rows, ranks)
    scaling = None
    if scale != "none":
        if needs_moments(scale, *extent):
            moments = moments_of_all(
                lambda: (np.asarray(block.X, np.float64) for block in parts.train_blocks()),
                extent, n_rows, ranks,
            )
            scaling = standard_scaling(moments.mean, moments.deviation)
        else:
            scaling = scaling_by_range(scale, *extent)
    if found.classes is not None:
        return Learnt("class", found.classes, found.members, scaling, None, len(found.classes))
    assert found.extent is not None
    return Learnt(
        "number", None, None, scaling, _target_scaling(parts, found.extent, ranks),
        len(found.extent.low),
    )


def _target_scaling(parts: RankParts, extent: Range, ranks: Communicator) -> TargetScaling:
    def targets() -> Any:
        for block in parts.train_blocks():
            assert block.y is not None
            yield np.asarray(block.y, np.float64).reshape(len(block.y), -1)

    moments = moments_of_all(targets, extent, parts.cut.n_rows, ranks)
    spread = np.where(moments.deviation > 0, moments.deviation, 1.0)
    return TargetScaling(moments.mean, spread, extent.low, extent.high)
