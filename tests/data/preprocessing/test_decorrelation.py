"""Principal axes of variance 1: against scikit-learn's whitening, in models and in all exports."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA

from fastavg import ConfigError, DataError, Model, Network, integrated_gradients, load, load_light
from fastavg.data.preprocessing.decorrelation import LEAST, MOST_COLUMNS, principal_axes
from fastavg.data.preprocessing.scaling import BLOCK, fit_scaling

RANDOM = np.random.default_rng(0)
MIXED = np.eye(5) + 0.1 * RANDOM.normal(size=(5, 5))
X = RANDOM.normal(size=(BLOCK + 9, 5)) @ MIXED + [3, -1, 0, 100, 5]


def trained(**more):
    scaling = fit_scaling("decorrelate", X)
    network = Network((5, 7, 3), "tanh")
    weights = network.initial_weights(3, "glorot-biases", "float64")
    return Model(network, weights, np.array(["a", "b", "c"]), scaling=scaling, **more)


def test_the_same_as_scikit_learn_but_for_signs():
    found = fit_scaling("decorrelate", X).apply(X, "float64")
    other = PCA(whiten=True).fit_transform(X) * np.sqrt(len(X) / (len(X) - 1))
    np.testing.assert_allclose(np.abs(found), np.abs(other), rtol=1e-6, atol=1e-7)


def test_columns_have_no_correlations():
    scaled = fit_scaling("decorrelate", X).apply(X, "float64")
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(scaled.T @ scaled / len(X), np.eye(5), atol=1e-9)


def test_axes_of_little_variance_are_not_stretched_without_end():
    thin = np.column_stack([RANDOM.normal(size=500), np.zeros(500), 1e-6 * RANDOM.normal(size=500)])
    axes = principal_axes(thin, thin.mean(axis=0))
    lengths = np.linalg.norm(axes, axis=0)
    assert lengths.max() == pytest.approx(lengths[0] / np.sqrt(LEAST), rel=1e-9)


def test_the_largest_part_of_an_axis_is_positive():
    axes = principal_axes(X, X.mean(axis=0))
    assert (axes[np.abs(axes).argmax(axis=0), np.arange(5)] > 0).all()


def test_constant_columns_stay_finite():
    same = np.full((9, 2), 7.3)
    assert np.abs(fit_scaling("decorrelate", same).apply(same, "float64")).max() < 1e-9


def test_it_is_undone_and_moved_onto_weights():
    scaling = fit_scaling("decorrelate", X)
    scaled = scaling.apply(X, "float64")
    np.testing.assert_allclose(scaling.undo(scaled), X, rtol=1e-9, atol=1e-9)
    W = RANDOM.normal(size=(5, 4))
    np.testing.assert_allclose((X - scaling.shift) @ scaling.onto(W), scaled @ W, atol=1e-9)
    np.testing.assert_allclose((X - scaling.shift) @ scaling.matrix, scaled, atol=1e-9)


def test_files_and_numpy_predict_the_same(tmp_path):
    model, path = trained(), tmp_path / "m.safetensors"
    model.save(path)
    np.testing.assert_array_equal(load(path).predict_proba(X), model.predict_proba(X))
    np.testing.assert_allclose(
        load_light(path).predict_proba(X), model.predict_proba(X), rtol=1e-9
    )


def test_a_file_says_that_it_has_axes(tmp_path):
    from fastavg.models.tensor_file import pack, read

    path = tmp_path / "m.safetensors"
    trained().save(path)
    tensors, meaning = read(path)
    assert meaning["format"] == 2
    path.write_bytes(pack(tensors, {**meaning, "format": 3}))
    with pytest.raises(DataError, match="this one reads formats 1 and 2"):
        load(path)


def test_attributions_add_up():
    model = trained()
    found = integrated_gradients(model, X[:6], target=1)
    z = model.decision(X[:6]) - model.decision(model.scaling.shift[None])
    np.testing.assert_allclose(found.sum(axis=1), z[:, 1], rtol=1e-6)


def test_onnx_predicts_the_same():
    onnxruntime = pytest.importorskip("onnxruntime")
    from fastavg import to_onnx

    model = trained()
    session = onnxruntime.InferenceSession(to_onnx(model, dtype="float64").SerializeToString())
    found = session.run(["probabilities"], {"X": X})[0]
    np.testing.assert_allclose(found, model.predict_proba(X), rtol=1e-6)


def test_c_and_scripts_fold_it_into_the_first_layer():
    from fastavg.models.c_source import portable

    model = trained()
    np.testing.assert_allclose(
        portable(model).predict_proba(X), model.predict_proba(X), rtol=1e-8
    )


def test_what_it_cannot_do_is_refused():
    from fastavg.runs.plain_training import data_options

    with pytest.raises(ConfigError, match="scale is decorrelate and rows have 8193 columns"):
        fit_scaling("decorrelate", np.zeros((2, MOST_COLUMNS + 1)))
    with pytest.raises(ConfigError, match="leave the range of float64"):
        fit_scaling("decorrelate", np.array([[1e200], [-1e200]]))
    with pytest.raises(ConfigError, match="after which rows are no images"):
        data_options({"augment": "digits", "data": {"scale": "decorrelate"}})
