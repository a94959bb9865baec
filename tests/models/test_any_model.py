"""One reader for model files of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError, FileDamaged, Model, Network
from fastavg.models.any_model import load
from fastavg.models.tabular_file import FORMAT
from fastavg.models.tabular_model import TabularModel
from fastavg.models.tensor_file import pack, read


def test_the_kind_of_the_file_decides(fitted, tmp_path):
    plain = Model(Network((2, 3, 2)), np.arange(17, dtype="f4"), np.array(["a", "b"]))
    plain.save(tmp_path / "m.safetensors")
    loaded = load(tmp_path / "m.safetensors")
    assert isinstance(loaded, Model)
    np.testing.assert_array_equal(loaded.weights, plain.weights)
    table = load(fitted[1])
    assert isinstance(table, TabularModel)
    np.testing.assert_array_equal(table.members, fitted[0].model_.members)


def test_the_format_of_a_newer_version_is_named(fitted, tmp_path):
    tensors, meaning = read(fitted[1])
    newer = {**meaning, "format": FORMAT + 1, "fastavg": "99.0"}
    (tmp_path / "m").write_bytes(pack(tensors, newer))
    with pytest.raises(DataError, match=f"has format {FORMAT + 1} of fastavg 99.0; this one reads"):
        load(tmp_path / "m")


@pytest.mark.parametrize("lost", ["network", "encoder", "columns", "temperature"])
def test_a_file_without_a_part_holds_no_model(fitted, tmp_path, lost):
    tensors, meaning = read(fitted[1])
    del meaning[lost]
    (tmp_path / "m").write_bytes(pack(tensors, meaning))
    with pytest.raises(FileDamaged, match="holds no model"):
        load(tmp_path / "m")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.safetensors"):
        load(tmp_path / "none.safetensors")
