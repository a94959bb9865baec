"""What a model file holds."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

import fastavg
from fastavg import DataError
from fastavg.models.inspection import inspect_model
from tests.cli.commands.models import plain_model, table_model


def test_a_network(tmp_path):
    path = plain_model(tmp_path)
    found = inspect_model(path)
    assert json.loads(json.dumps(found)) == found
    assert found["layers"] == [{"inputs": 3, "units": 2, "activation": "softmax", "weights": 8}]
    assert (found["kind"], found["networks"], found["scaled"]) == ("network", 1, False)
    assert [each["name"] for each in found["columns"]] == ["length", "width", "height"]
    assert found["fastavg"] == fastavg.__version__
    assert found["file_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    weights = fastavg.load(path).weights
    assert found["weights_sha256"] == hashlib.sha256(weights.tobytes()).hexdigest()


def test_a_model_of_a_table(tmp_path):
    path = table_model(tmp_path)
    found, model = inspect_model(path), fastavg.load(path)
    assert (found["kind"], found["target"]) == ("table", "kind")
    assert found["classes"] == ["long", "short"]
    assert sum(each["inputs"] for each in found["columns"]) == model.network.layer_sizes[0]
    assert found["bytes"] == path.stat().st_size
    assert np.dtype(found["dtype"]) == model.members.dtype


def test_no_file(tmp_path):
    with pytest.raises(DataError):
        inspect_model(tmp_path / "none.safetensors")
