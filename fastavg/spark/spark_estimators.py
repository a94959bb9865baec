"""MLPClassifier and MLPRegressor as estimators of pyspark.ml: one rank in each task of a stage."""

from __future__ import annotations

import copy
import json
from typing import Any, ClassVar

from pyspark.ml import Estimator
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.ml.param.shared import (
    HasFeaturesCol,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasValidationIndicatorCol,
    HasWeightCol,
)
from pyspark.sql import DataFrame, functions
from pyspark.sql.types import ArrayType, FloatType, NumericType

from fastavg.engines.cluster_fit import chosen_sampling, fit_on
from fastavg.errors import ConfigError
from fastavg.estimators import MLPClassifier, MLPRegressor
from fastavg.estimators.committee_fit import check_single
from fastavg.spark.spark_engine import Columns, SparkEngine
from fastavg.spark.spark_models import SparkMLPClassificationModel, SparkMLPRegressionModel


class _OnSpark(
    Estimator, HasFeaturesCol, HasLabelCol, HasPredictionCol, HasWeightCol,
    HasValidationIndicatorCol,
):
    """What both estimators do.

    Parameters
    ----------
    features_col, label_col, prediction_col : str
        Names of columns.
    weight_col, validation_indicator_col : str, optional
        Names of columns.
    num_workers : int, optional
        Tasks to train on; as many as can run at once if not given.
    max_restarts : int, default 0
        How often a fit whose task is lost goes on from its last checkpoint.
    sampling : str or Sampling, default 'auto'
        As of :class:`SparkMLPClassifier`.
    **parameters
        Of the local estimator.
    """

    kind: ClassVar[type[Any]]
    made: ClassVar[type[Any]]

    def __init__(
        self, *, features_col: str = "features", label_col: str = "label",
        weight_col: str | None = None, validation_indicator_col: str | None = None,
        num_workers: int | None = None, max_restarts: int = 0, sampling: Any = "auto",
        **parameters: Any,
    ) -> None:
        super().__init__()
        self.sampling = sampling
        self.num_workers, self.max_restarts = num_workers, max_restarts
        own = {
            name: parameters.pop(name) for name in list(parameters) if name in self._own_columns
        }
        self.local = self.kind(**parameters)
        check_single(self.local, "fastavg.spark")
        self._set(featuresCol=features_col, labelCol=label_col, **{
            self._own_columns[name]: value for name, value in own.items()
        })
        if weight_col is not None:
            self._set(weightCol=weight_col)
        if validation_indicator_col is not None:
            self._set(validationIndicatorCol=validation_indicator_col)
            self.local.set_params(early_stopping=True)

    _own_columns: ClassVar[dict[str, str]] = {"prediction_col": "predictionCol"}

    def copy(self, extra: Any = None) -> Any:
        """The same estimator with other columns, as pyspark.ml asks for.

        Parameters
        ----------
        extra : dict of Param to object, optional
            Values in place of its own.
        """
        made = super().copy(extra)
        made.local = copy.copy(self.local)
        return made

    def _fit(self, dataset: DataFrame) -> Any:
        _check_application(dataset)
        engine = SparkEngine(self._columns(dataset))

        def sampling(ranks: int) -> Any:
            if self.sampling != "auto":
                return self.sampling
            size = engine.row_bytes()
            return chosen_sampling(engine.memory(ranks), size)

        found = fit_on(
            engine, self.local, self.num_workers, self.max_restarts, sampling=sampling
        )
        model = self.made(bytes(found["model"]), json.loads(found["curves"]))
        return self._copyValues(model)

    def _columns(self, dataset: DataFrame) -> Columns:
        features = dataset.schema[self.getFeaturesCol()].dataType
        dtype = "float64"
        if isinstance(features, VectorUDT):
            X = vector_to_array(functions.col(self.getFeaturesCol()))
        elif isinstance(features, ArrayType) and isinstance(features.elementType, NumericType):
            dtype = "float32" if isinstance(features.elementType, FloatType) else "float64"
            X = functions.col(self.getFeaturesCol()).cast("array<double>" if dtype == "float64" else
                                                  "array<float>")
        else:
            raise ConfigError(
                f"features_col {self.getFeaturesCol()!r} holds {features.simpleString()}; it must "
                "hold vectors or arrays of numbers, such as VectorAssembler makes"
            )
        chosen = [X.alias("X"), self._number(dataset, "label_col", self.getLabelCol()).alias("y")]
        if self.isDefined(self.weightCol) and self.getWeightCol():
            chosen.append(
                self._number(dataset, "weight_col", self.getWeightCol()).alias("weights")
            )
        if self.isDefined(self.validationIndicatorCol):
            chosen.append(functions.col(self.getValidationIndicatorCol()).cast("boolean").alias("held"))
        # The order of the rows, which the shuffle to come does not keep.
        chosen.append(functions.monotonically_increasing_id().alias("order"))
        return Columns(dataset.select(*chosen), dtype, self._spoken())

    def _spoken(self) -> dict[str, str]:
        params = {
            "X": ("features_col", self.featuresCol), "y": ("label_col", self.labelCol),
            "weights": ("weight_col", self.weightCol),
            "held": ("validation_indicator_col", self.validationIndicatorCol),
        }
        return {
            name: f"{parameter} {self.getOrDefault(param)!r}"
            for name, (parameter, param) in params.items() if self.isDefined(param)
        }

    @staticmethod
    def _number(dataset: DataFrame, parameter: str, name: str) -> Any:
        found = dataset.schema[name].dataType
        if not isinstance(found, NumericType):
            raise ConfigError(
                f"{parameter} {name!r} holds {found.simpleString()}; it must hold numbers, such as "
                "StringIndexer makes of strings"
            )
        return functions.col(name).cast("double")


class SparkMLPClassifier(_OnSpark, HasProbabilityCol):
    """:class:`~fastavg.MLPClassifier` as an estimator of pyspark.ml.

    ``fit(dataset)`` returns a :class:`SparkMLPClassificationModel`.  Each of ``num_workers`` tasks
    of a barrier stage is a rank; ranks talk to each other over encrypted connections with a key
    that is made for the fit (:class:`~fastavg.communicators.TCPCommunicator`) and travels as
    Spark's own tasks do.  The weights are those of a local fit of the same rows with the same
    ``workers``, for any number of tasks.

    Parameters
    ----------
    features_col : str, default 'features'
        Column of vectors, or of arrays of numbers; arrays of floats are trained in float32.
    label_col : str, default 'label'
        Column of classes, as numbers.
    weight_col : str, optional
        Column with the weight of each row.
    validation_indicator_col : str, optional
        Column that is true for rows that early stopping scores and training leaves out.
    num_workers : int, optional
        Tasks to train on; as many as can run at once if not given.
    max_restarts : int, default 0
        How often a fit that has lost a task is continued from its last checkpoint, with the same
        weights at the end; ``checkpoint_every`` says how often a checkpoint is written.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        ``prediction_col``, ``probability_col``, and those of :class:`~fastavg.MLPClassifier`;
        ``workers`` decides the result, ``num_workers`` does not.

    Notes
    -----
    With ``sampling="shards"`` every task has all rows.  With ``sampling="partitions"`` it only has
    those of its own workers: equal ranges of the rows in the order of the data frame, whatever
    partitions they lie in, so the weights are those of a local fit with this sampling.

    Examples
    --------
    With a data frame ``rows`` that has the columns ``features`` and ``label``:

    >>> estimator = SparkMLPClassifier(num_workers=2, workers=8, hidden_layer_sizes=(64,))
    >>> estimator.getFeaturesCol()
    'features'
    >>> model = estimator.fit(rows)  # doctest: +SKIP
    >>> model.transform(rows).select("prediction", "probability").columns  # doctest: +SKIP
    ['prediction', 'probability']
    """

    kind, made = MLPClassifier, SparkMLPClassificationModel
    _own_columns: ClassVar[dict[str, str]] = {
        "prediction_col": "predictionCol", "probability_col": "probabilityCol",
    }


class SparkMLPRegressor(_OnSpark):
    """:class:`~fastavg.MLPRegressor` as an estimator of pyspark.ml.

    ``fit(dataset)`` returns a :class:`SparkMLPRegressionModel`; everything else is as for
    :class:`SparkMLPClassifier`.

    Parameters
    ----------
    features_col : str, default 'features'
        Column of vectors, or of arrays of numbers; arrays of floats are trained in float32.
    label_col : str, default 'label'
        Column of numbers to be predicted.
    weight_col : str, optional
        Column with the weight of each row.
    validation_indicator_col : str, optional
        Column that is true for rows that early stopping scores and training leaves out.
    num_workers : int, optional
        Tasks to train on; as many as can run at once if not given.
    max_restarts : int, default 0
        How often a fit that has lost a task is continued from its last checkpoint.
    sampling : str or Sampling, default 'auto'
        Which rows a worker draws from: ``shards`` if all rows and their copy fit in the memory of
        every rank, ``partitions`` if not, unless it is given.
    **parameters
        ``prediction_col``, and those of :class:`~fastavg.MLPRegressor`.

    Examples
    --------
    With a data frame ``rows`` that has the columns ``features`` and ``label``:

    >>> model = SparkMLPRegressor(num_workers=2, workers=8).fit(rows)  # doctest: +SKIP
    >>> model.transform(rows).select("prediction").columns  # doctest: +SKIP
    ['prediction']
    """

    kind, made = MLPRegressor, SparkMLPRegressionModel


def _check_application(dataset: DataFrame) -> None:
    conf = dataset.sparkSession.sparkContext.getConf()
    if conf.get("spark.dynamicAllocation.enabled", "false") == "true":
        raise ConfigError(
            "spark.dynamicAllocation.enabled is true; ranks need all executors from the start to "
            "the end, so it must be false"
        )
