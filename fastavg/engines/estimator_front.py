"""What the estimators of all clusters share: a local estimator that is fitted elsewhere."""

from __future__ import annotations

from typing import Any, ClassVar

from fastavg.engines.contract import Estimator


class ClusterEstimator:
    """A local estimator, and how often its fit may be started again.

    Parameters
    ----------
    max_restarts : int, default 0
        How often a fit whose rank is lost goes on from its last checkpoint.
    **parameters
        Of the local estimator.
    """

    kind: ClassVar[type[Any]]

    def __init__(self, *, max_restarts: int = 0, **parameters: Any) -> None:
        self.max_restarts = max_restarts
        self.local: Estimator = self.kind(**parameters)

    def to_local(self) -> Any:
        """The fitted estimator of this process, which needs no cluster.

        Returns
        -------
        MLPClassifier or MLPRegressor
            Fitted.
        """
        return self.local
