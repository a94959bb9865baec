"""A network that was trained on a table in parts predicts from its columns, loaded or not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pyarrow import parquet

from fastavg import (
    Adam,
    ConfigError,
    Execution,
    Network,
    Partitions,
    Plan,
    load,
    train_parts,
)
from fastavg.communicators import LocalCommunicator
from fastavg.data.frame import Frame
from fastavg.data.parts.encoded_parts import encoded_parts
from fastavg.data.parts.opened_parts import open_parts
from fastavg.models.tabular_model import TabularModel
from tests.communicators.ranks import on_ranks
from tests.data.parts.tables import columns, table, truth, write_table

PLAN = Plan(workers=3, epochs=30, batch_size=8, solver=Adam(0.01), sampling="partitions")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table"))


def trained(files, size=1, target="price", outputs=2, output="softmax", plan=PLAN, **options):
    def rank(ranks):
        source = encoded_parts(open_parts(files, target, None, 3), "robust", ranks)
        network = Network((source.n_features, 8, outputs), output=output)
        return train_parts(network, source, plan, execution=Execution(1, ranks), **options)

    return on_ranks(size, rank)


def test_classes_are_predicted_from_columns_with_the_same_bits_on_any_ranks(files, tmp_path):
    (model,) = trained(files, class_weight="balanced")
    assert isinstance(model, TabularModel)
    assert model.target_name == "price"
    found = Frame(table())
    assert model.score(found, truth()) > 0.9
    model.save(tmp_path / "m.safetensors")
    assert np.array_equal(
        load(tmp_path / "m.safetensors").predict_proba(found), model.predict_proba(found)
    )
    for other in trained(files, 3, class_weight="balanced"):
        assert other.members.tobytes() == model.members.tobytes()


def test_numbers_are_predicted_in_their_units(files):
    (model,) = trained(files, target="rooms", outputs=1, output="identity")
    found = model.predict(Frame(table()))
    rooms = np.array(columns()["rooms"])
    assert (found.min() >= 1) & (found.max() <= 5)
    assert model.score(Frame(table()), rooms) > 0.3


def test_numbers_with_missing_values_are_a_table_too(tmp_path):
    whole = table().select(["size", "rooms", "loan", "rate", "price"])
    parquet.write_table(whole, tmp_path / "a.parquet", row_group_size=17)
    (model,) = trained(tmp_path / "a.parquet")
    # A number and its missing values, two numbers, and a value that is there or missing.
    assert model.network.layer_sizes[0] == 2 + 1 + 1 + 2
    assert model.score(Frame(whole), truth()) > 0.8
    for other in trained(tmp_path / "a.parquet", 2):
        assert other.members.tobytes() == model.members.tobytes()


def test_words_that_stay_on_disk_give_the_bits_of_words_in_memory(files):
    plan = replace(PLAN, epochs=2, sampling=Partitions(window=32))
    (expected,) = trained(files, plan=plan)
    for model in trained(files, 2, plan=plan, rows_from="disk"):
        assert model.members.tobytes() == expected.members.tobytes()


def test_what_cannot_be_is_refused(files):
    with pytest.raises(ConfigError, match="output is logistic, and a table of words is predicted"):
        trained(files, outputs=1, output="logistic")
    source = open_parts(files, "price", None, 3)
    with pytest.raises(ConfigError, match="these files have words or missing values"):
        train_parts(Network((5, 2)), source, PLAN, execution=Execution(1, LocalCommunicator()))
