"""Models for other libraries: a Python file and arrays that answer as fastavg does."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.models.script_export import SKLEARN, export_script
from fastavg.models.script_text import NUMPY, TORCH
from fastavg.networks.activation_table import ACTIVATIONS
from tests.models.exported import loaded
from tests.models.test_c_source import SCALING, X, model
from tests.models.torch_stand_in import put_in_place

ROWS = X / SCALING.factor + SCALING.shift


def test_every_activation_has_a_form():
    assert NUMPY.keys() == TORCH.keys() == ACTIVATIONS.keys()


def test_numpy(tmp_path):
    names = (*(name for name in ACTIVATIONS if name != "identity"), "parametric_selu")
    made = model((3, *[6] * len(names), 3), "softmax", np.arange(3), SCALING, names, "f8")
    path, arrays = export_script(made, "numpy", tmp_path / "m.py")
    assert (path.name, arrays.name) == ("m.py", "m.npz")
    predict = loaded(path)
    np.testing.assert_allclose(predict(ROWS), made.predict_proba(ROWS), rtol=0, atol=1e-6)
    np.testing.assert_array_equal(predict.classes, made.classes)
    made = model((3, 2), "exponential")
    found = loaded(export_script(made, "numpy", tmp_path / "n.py")[0])(X)
    np.testing.assert_allclose(found, made.predict(X), rtol=1e-5)


def test_torch(tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    names = (*(name for name in ACTIVATIONS if name != "identity"), "parametric_selu")
    made = model((3, *[6] * len(names), 3), "softmax", np.arange(3), SCALING, names, "f8")
    network = loaded(export_script(made, "torch", tmp_path / "m.py")[0])
    found = network(torch.from_numpy(ROWS)).detach().numpy()
    np.testing.assert_allclose(found, made.decision(ROWS), rtol=0, atol=1e-6)


def test_torchs_file_computes_the_same_without_torch(tmp_path, monkeypatch):
    put_in_place(monkeypatch)
    names = (*(name for name in ACTIVATIONS if name != "identity"), "parametric_selu")
    made = model((3, *[6] * len(names), 3), "softmax", np.arange(3), SCALING, names, "f8")
    network = loaded(export_script(made, "torch", tmp_path / "m.py")[0])
    np.testing.assert_allclose(network(ROWS), made.decision(ROWS), rtol=0, atol=1e-6)
    made = model((3, 2), "exponential")
    found = loaded(export_script(made, "torch", tmp_path / "n.py")[0])(X)
    np.testing.assert_allclose(found, made.predict(X), rtol=1e-5)


def test_torchs_file_is_python(tmp_path):
    made = model((3, 4, 2), "softmax", np.arange(2))
    path, arrays = export_script(made, "torch", tmp_path / "m.py")
    compile(path.read_text(), path, "exec")
    with np.load(arrays) as file:
        assert set(file.files) == {
            "layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias", "classes",
        }
        assert file["layers.0.weight"].shape == (4, 3)


@pytest.mark.parametrize(("sizes", "output", "classes"), [
    ((3, 5, 3), "softmax", np.array(["a", "b", "c"])), ((3, 5, 2), "softmax", np.array(["a", "b"])),
    ((3, 5, 1), "logistic", np.array(["a", "b"])), ((3, 5, 2), "identity", None),
])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_scikit_learn(sizes, output, classes, activation, tmp_path):
    made = model(sizes, output, classes, SCALING, activation)
    theirs = loaded(export_script(made, "sklearn", tmp_path / "m.py")[0])
    if classes is None:
        np.testing.assert_allclose(theirs.predict(ROWS), made.predict(ROWS), atol=1e-5)
        return
    np.testing.assert_allclose(theirs.predict_proba(ROWS), made.predict_proba(ROWS), atol=1e-5)
    np.testing.assert_array_equal(theirs.classes_, made.classes)


def test_what_has_no_form_says_so(tmp_path):
    assert SKLEARN == ("identity", "logistic", "tanh", "relu")
    for made, said in (
        (model((3, 4, 2), "softmax", np.arange(2), None, "gelu"), "no place in scikit-learn's MLP"),
        (
            model((3, 4, 2), "softmax", np.arange(2), None, "parametric_relu"),
            "parametric_relu.* no place in scikit-learn's MLP",
        ),
        (model((3, 2), "margin", np.arange(2)), "output margin has no place"),
    ):
        with pytest.raises(ConfigError, match=said):
            export_script(made, "sklearn", tmp_path / "m.py")
    assert not (tmp_path / "m.py").exists()
