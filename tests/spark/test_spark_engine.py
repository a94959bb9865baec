"""What an engine has; fits are in test_spark_estimators.py."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from fastavg import ConfigError, DataError
from fastavg.spark import SparkMLPClassifier
from fastavg.spark.spark_engine import Columns, SparkEngine, ended
from tests.engines.test_contract import names_of_an_engine


@pytest.fixture(scope="module")
def spark():
    made = (
        SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        .config("spark.dynamicAllocation.enabled", "true").getOrCreate()
    )
    yield made
    made.stop()


def test_it_has_what_an_engine_has():
    assert names_of_an_engine() <= set(dir(SparkEngine))


def test_a_python_that_cannot_run_a_rank_is_no_lost_rank():
    text = """org.apache.spark.api.python.PythonException: Traceback (most recent call last):
      File "serializers.py", line 5, in loads
    ModuleNotFoundError: No module named 'fastavg'

        at org.apache.spark.api.python.BasePythonRunner"""
    error = ended(1, "node2", "Spark executor 0", text)
    assert isinstance(error, ConfigError)
    assert str(error) == (
        "Spark executor 0 on node2 cannot run rank 1: ModuleNotFoundError: No module named "
        "'fastavg'"
    )


@pytest.mark.filterwarnings("ignore")
def test_slots_are_tasks_that_run_at_once(spark, monkeypatch):
    monkeypatch.setattr("fastavg.spark.spark_engine.SLOT_SECONDS", 0.0)
    engine = SparkEngine(Columns(spark.range(3), "float64"))
    assert [engine.slots(None), engine.slots(5)] == [2, 2]


@pytest.mark.filterwarnings("ignore")
def test_the_size_of_rows_is_known_before_they_are_sent(spark):
    frame = spark.sql("select array(1.0d, 2.0d, 3.0d) as X, id as y, id as order from range(5)")
    assert SparkEngine(Columns(frame, "float64")).row_bytes() == 5 * (3 * 8 + 2 * 8)
    assert SparkEngine(Columns(frame, "float32")).row_bytes() == 5 * (3 * 4 + 2 * 8)
    with pytest.raises(DataError, match="the data frame has no rows"):
        SparkEngine(Columns(frame.limit(0), "float64")).row_bytes()


@pytest.mark.filterwarnings("ignore")
def test_dynamic_allocation_is_refused(spark):
    with pytest.raises(ConfigError, match=r"spark.dynamicAllocation.enabled is true"):
        SparkMLPClassifier().fit(spark.range(3))
