"""Files of tables' models: every bit comes back, and nothing else is taken for one."""

from __future__ import annotations

import numpy as np
import pytest

import fastavg
from fastavg import DataError, FileDamaged
from fastavg.models.tabular_file import tabular_parts
from fastavg.models.tabular_model import TabularModel
from fastavg.models.tensor_file import read
from tests.models.tables import said, table


def test_saved_and_loaded_to_the_bit(fitted):
    made, path = fitted
    loaded = fastavg.load(path)
    assert isinstance(loaded, TabularModel)
    X = table(200, seed=1)
    np.testing.assert_array_equal(said(loaded, X), said(made.model_, X))
    np.testing.assert_array_equal(loaded.predict(X), made.predict(X))
    assert loaded.columns == made.columns_
    assert loaded.feature_names == ("age", "town", "word", "paid", "when", "cabin", "whole")


def test_every_flipped_byte_is_refused(fitted, tmp_path):
    whole = fitted[1].read_bytes()
    for at in np.linspace(8, len(whole) - 1, 40).astype(int):
        (tmp_path / "m").write_bytes(whole[:at] + bytes([whole[at] ^ 8]) + whole[at + 1 :])
        with pytest.raises((FileDamaged, DataError)):
            fastavg.load(tmp_path / "m")


def test_the_parts_are_the_fields_of_the_model(fitted):
    made, path = fitted
    parts = tabular_parts(*read(path))
    np.testing.assert_array_equal(parts.members, made.model_.members)
    assert parts.columns == made.columns_
    assert parts.network == made.model_.network
    assert parts.temperature == made.model_.temperature
    assert parts.target_name is None
    assert (parts.classes is None) == (parts.target_scaling is not None)


def test_content_that_is_no_model_is_refused(fitted):
    tensors, meaning = read(fitted[1])
    with pytest.raises(ValueError, match="its classes are no list of labels"):
        tabular_parts(tensors, {**meaning, "classes": [["a", "b"], ["c", "d"]]})
    with pytest.raises(ValueError, match="its weights are no floating-point numbers"):
        tabular_parts({**tensors, "members": tensors["members"].astype("i4")}, meaning)
    with pytest.raises(KeyError):
        tabular_parts({}, meaning)
