"""One reader for model files of every kind, for NumPy alone."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError, FileDamaged, Model, Network
from fastavg.models.light import load_light
from fastavg.models.numpy_model import NumpyModel
from fastavg.models.numpy_table import NumpyTable


@pytest.fixture
def plain(tmp_path):
    network = Network((2, 3, 2), "tanh")
    model = Model(network, network.initial_weights(1, "he", "float64"), np.array(["a", "b"]))
    model.save(tmp_path / "m.safetensors")
    return model, tmp_path / "m.safetensors"


def test_the_kind_of_the_file_decides(fitted, plain):
    model, path = plain
    light = load_light(path)
    assert isinstance(light, NumpyModel)
    X = np.array([[1.0, -2.0], [0.5, 3.0]])
    np.testing.assert_allclose(light.predict_proba(X), model.predict_proba(X), rtol=1e-12)
    table = load_light(fitted[1])
    assert isinstance(table, NumpyTable)
    assert len(table.members) == len(fitted[0].model_.members)


def test_what_is_no_model_file_is_refused(plain, tmp_path):
    _, path = plain
    with pytest.raises(DataError, match=r"none\.safetensors"):
        load_light(tmp_path / "none.safetensors")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(FileDamaged):
        load_light(path)
