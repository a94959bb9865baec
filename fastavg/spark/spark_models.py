"""Models of pyspark.ml: transform, save and load; the network itself is a fastavg Model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from pyspark.ml import Model as SparkModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.ml.param.shared import (
    HasFeaturesCol,
    HasLabelCol,
    HasPredictionCol,
    HasProbabilityCol,
    HasValidationIndicatorCol,
    HasWeightCol,
)
from pyspark.ml.util import (
    DefaultParamsReader,
    DefaultParamsWriter,
    MLReadable,
    MLReader,
    MLWritable,
    MLWriter,
)
from pyspark.sql import DataFrame, functions

from fastavg.models.model import Model, model_of
from fastavg.models.tensor_file import unpack

SOURCE = "the model's content"


class _FittedOnSpark(
    SparkModel, HasFeaturesCol, HasLabelCol, HasPredictionCol, HasWeightCol,
    HasValidationIndicatorCol, MLWritable, MLReadable,
):
    """What both models do.

    Parameters
    ----------
    content : bytes
        A model file.
    curves : dict, optional
        What training has left, such as ``loss_curve_``.
    """

    def __init__(self, content: bytes = b"", curves: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.content, self.curves = content, curves or {}

    returns: ClassVar[str] = "prediction double"

    def to_local(self) -> Model:
        """The model as one of this process, which needs no Spark.

        Returns
        -------
        Model
            Predicts, and saves itself as one file.
        """
        return _model(self.content)

    def write(self) -> MLWriter:
        """The writer with which pyspark.ml saves the model."""
        return _Writer(self)

    @classmethod
    def read(cls) -> MLReader:
        """The reader with which pyspark.ml loads the model."""
        return _Reader(cls)

    def _outputs(self, dataset: DataFrame) -> Any:
        features = functions.col(self.getFeaturesCol())
        if isinstance(dataset.schema[self.getFeaturesCol()].dataType, VectorUDT):
            features = vector_to_array(features)
        return functions.pandas_udf(_predictor(self.content, self.returns), self.returns)(features)


class SparkMLPClassificationModel(_FittedOnSpark, HasProbabilityCol):
    """The model that :class:`SparkMLPClassifier` has fitted.

    ``transform(dataset)`` adds the columns ``prediction`` and ``probability``.  ``save(path)`` and
    ``SparkMLPClassificationModel.load(path)`` are those of pyspark.ml, so the model works in a
    ``Pipeline``.

    Parameters
    ----------
    content : bytes
        A model file.
    curves : dict, optional
        Losses and scores of the training, such as ``loss_curve_``.

    Examples
    --------
    With a model that was fitted, and a data frame ``rows``:

    >>> model.transform(rows).count() == rows.count()  # doctest: +SKIP
    True
    >>> model.save("/tmp/model")  # doctest: +SKIP
    >>> again = SparkMLPClassificationModel.load("/tmp/model")  # doctest: +SKIP
    >>> again.to_local().save("model.safetensors")  # doctest: +SKIP
    """

    returns: ClassVar[str] = "prediction double, probability array<double>"

    def _transform(self, dataset: DataFrame) -> DataFrame:
        made = dataset.withColumn("fastavg_outputs", self._outputs(dataset))
        return made.withColumn(
            self.getPredictionCol(), functions.col("fastavg_outputs.prediction")
        ).withColumn(
            self.getProbabilityCol(), array_to_vector(functions.col("fastavg_outputs.probability"))
        ).drop("fastavg_outputs")


class SparkMLPRegressionModel(_FittedOnSpark):
    """The model that :class:`SparkMLPRegressor` has fitted.

    ``transform(dataset)`` adds the column ``prediction``.  ``save(path)`` and
    ``SparkMLPRegressionModel.load(path)`` are those of pyspark.ml, so the model works in a
    ``Pipeline``.

    Parameters
    ----------
    content : bytes
        A model file.
    curves : dict, optional
        Losses and scores of the training, such as ``loss_curve_``.

    Examples
    --------
    With a model that was fitted, and a data frame ``rows``:

    >>> model.transform(rows).count() == rows.count()  # doctest: +SKIP
    True
    >>> model.save("/tmp/model")  # doctest: +SKIP
    >>> again = SparkMLPRegressionModel.load("/tmp/model")  # doctest: +SKIP
    >>> again.to_local().save("model.safetensors")  # doctest: +SKIP
    """

    def _transform(self, dataset: DataFrame) -> DataFrame:
        made = dataset.withColumn("fastavg_outputs", self._outputs(dataset))
        return made.withColumn(
            self.getPredictionCol(), functions.col("fastavg_outputs.prediction")
        ).drop("fastavg_outputs")


def _model(content: bytes) -> Model:
    return model_of(*unpack(content, SOURCE), SOURCE)


def _predictor(
    content: bytes, returns: str
) -> Callable[[Iterator[pd.Series]], Iterator[pd.DataFrame]]:
    def predict(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        model = _model(content)
        for batch in batches:
            rows = np.stack(batch.to_numpy()) if len(batch) else np.zeros((0, 1))
            found: dict[str, Any] = {"prediction": np.asarray(model.predict(rows), np.float64)}
            if "probability" in returns:
                found["probability"] = list(model.predict_proba(rows).astype(np.float64))
            yield pd.DataFrame(found)

    # Spark reads the kind of the function from its types.
    predict.__annotations__ = {
        "batches": Iterator[pd.Series], "return": Iterator[pd.DataFrame],
    }
    return predict


class _Writer(MLWriter):
    def __init__(self, instance: _FittedOnSpark) -> None:
        super().__init__()
        self._instance = instance

    def saveImpl(self, path: str) -> None:  # noqa: N802
        DefaultParamsWriter.saveMetadata(
            self._instance, path, self.sparkSession, {"curves": self._instance.curves}
        )
        frame = self.sparkSession.createDataFrame(
            [(bytearray(self._instance.content),)], "content binary"
        )
        frame.coalesce(1).write.parquet(f"{path}/content")


class _Reader(MLReader):
    def __init__(self, kind: type[_FittedOnSpark]) -> None:
        super().__init__()
        self._kind = kind

    def load(self, path: str) -> Any:
        metadata = DefaultParamsReader.loadMetadata(path, self.sparkSession)
        (row,) = self.sparkSession.read.parquet(f"{path}/content").collect()
        made = self._kind(bytes(row["content"]), metadata.get("curves"))
        DefaultParamsReader.getAndSetParams(made, metadata)
        made._resetUid(metadata["uid"])
        return made
