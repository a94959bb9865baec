"""The network of a table, with and without embeddings, and of several submodels."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import fastavg
from fastavg import ConfigError, TabularClassifier, TabularRegressor, load_light, to_onnx
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.table_encoder import Encoding, fit_encoder
from fastavg.estimators.tabular.first_layer import first_weights, network_of
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.models.c_source import c_source
from fastavg.networks.embedding_network import EmbeddingNetwork
from fastavg.networks.network import Network
from tests.models.tables import answers, classifier, regressor, said, table

FRAME = frame_of(table(90))
ENCODER = fit_encoder(
    FRAME, plan_columns(FRAME), np.arange(90) % 2, "class", Encoding("robust", 4, 4)
)


def test_embeddings_are_a_layer_before_the_hidden_ones():
    plain = network_of(ENCODER, Recipe((9, 7), "selu", embedding=0), 3, "softmax")
    assert type(plain) is Network
    assert plain.layer_sizes == (ENCODER.width, 9, 7, 3)
    made = network_of(ENCODER, Recipe((9, 7), "selu", embedding=5), 3, "softmax")
    assert isinstance(made, EmbeddingNetwork)
    assert made.member == plain
    assert (made.embedding, made.submodels) == (5, 1)
    several = network_of(ENCODER, Recipe((9,), embedding=0, submodels=3), 3, "softmax")
    assert (several.embedding, several.submodels) == (8, 3)
    # Without hidden layers embeddings would change nothing.
    assert type(network_of(ENCODER, Recipe(()), 3, "softmax")) is Network
    with pytest.raises(ConfigError, match="hidden_layer_sizes has none"):
        network_of(ENCODER, Recipe((), submodels=2), 3, "softmax")
    with pytest.raises(ConfigError, match="embedding is -1; it must be a whole number of at le"):
        Recipe(embedding=-1)


def test_first_weights_are_drawn_from_the_seed():
    plain = network_of(ENCODER, Recipe((9,), embedding=0), 2, "softmax")
    drawn = plain.initial_weights(3, "glorot-biases", "float32")
    np.testing.assert_array_equal(first_weights(plain, 3, "glorot-biases"), drawn)
    made = network_of(ENCODER, Recipe((9,)), 2, "softmax")
    np.testing.assert_array_equal(
        first_weights(made, 3, "glorot-biases"), made.start(3, "glorot-biases")
    )


@pytest.mark.parametrize("made", [
    {"embedding": 3}, {"submodels": 4, "embedding": 2}, {"embedding": 0},
    {"activation": "parametric_mish"}, {"activation": "parametric_relu", "submodels": 2},
    {"activation": "parametric_selu", "embedding": 0},
    {"scaling": True}, {"scaling": True, "activation": "parametric_mish"},
])
@pytest.mark.parametrize("kind", [classifier, regressor])
def test_a_model_learns_and_is_read_and_exported(kind, made, tmp_path):
    trained = kind(**made)
    model, frame = trained.model_, table(60, 1)
    assert len(model.members) == 2 * made.get("submodels", 1)
    assert model.network == Network(
        (model.encoder.width, 64, 64, model.network.layer_sizes[-1]),
        made.get("activation", "relu"), model.network.output,
    )
    curve = trained.validation_loss_curves_[0]
    assert min(curve) < curve[0]
    model.save(tmp_path / "m.safetensors")
    again = fastavg.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(said(again, frame), said(model, frame))
    light, wanted = load_light(tmp_path / "m.safetensors"), said(model, frame)
    found = light.predict_proba(frame) if model.classes is not None else light.predict(frame)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    assert len(to_onnx(model).graph.output) == (2 if model.classes is not None else 1)
    assert f"fastavg_network_{len(model.members) - 1}" in c_source(model)


@pytest.mark.parametrize("made", [
    {"embedding": 2}, {"submodels": 3, "workers": 2},
    {"activation": "parametric_mish", "workers": 2},
    {"scaling": True, "data_start": True, "activation": "parametric_relu"},
])
def test_threads_change_no_bit(made):
    results = [
        classifier(n_members=3, processes=n, **made).model_.members for n in (1, 2, 3)
    ]
    for other in results[1:]:
        np.testing.assert_array_equal(results[0], other)


@pytest.mark.parametrize("made", [
    {"submodels": 1}, {"submodels": 3}, {"activation": "parametric_relu"},
])
def test_an_interrupted_fit_ends_with_the_same_weights(made, tmp_path):
    kept = {"checkpoint": tmp_path / "c", "checkpoint_every": 1}
    whole = classifier(**made, **kept).model_.members
    again = classifier(**made, **kept, resume="auto").model_.members
    np.testing.assert_array_equal(again, whole)
    np.testing.assert_array_equal(classifier(**made).model_.members, whole)


@pytest.mark.parametrize("submodels", [1, 2])
def test_factors_are_trained_and_shared_by_submodels(submodels):
    model = classifier(activation="parametric_relu", submodels=submodels).model_
    factors = [
        np.concatenate([part for *_, part in model.network.parts(weights)])
        for weights in model.members
    ]
    assert all(each.shape == (128,) and np.abs(each).min() > 0 for each in factors)
    np.testing.assert_array_equal(factors[0], factors[submodels - 1])
    assert not np.array_equal(factors[0], factors[-1])


def test_row_weights_are_as_many_rows_with_submodels():
    frame = table(200)
    y, counts = answers(frame), np.where(np.arange(200) % 3 == 0, 0.0, 1.0)
    noise = np.where(counts == 0, 50.0, 0.0)
    made = TabularRegressor("fast", submodels=2, random_state=1)
    told = made.fit(frame, y + noise, sample_weight=counts).predict(frame)
    untold = TabularRegressor("fast", submodels=2, random_state=1).fit(frame, y + noise)
    kept = counts > 0
    assert np.abs(told - y)[kept].mean() < np.abs(untold.predict(frame) - y)[kept].mean()


def test_quantiles_and_missing_targets_with_submodels():
    frame = table(300)
    y = answers(frame)
    made = TabularRegressor("fast", submodels=2, quantiles=(0.1, 0.5, 0.9)).fit(frame, y)
    low, _, high = made.predict_quantiles(frame).T
    assert 0.5 < ((low <= y) & (y <= high)).mean() <= 1
    two = np.column_stack([y, 2 * y])
    two[::2, 1] = np.nan
    found = TabularRegressor("fast", submodels=2).fit(frame, two).predict(frame)
    assert np.corrcoef(found[:, 1], y)[0, 1] > 0.5


def test_submodels_of_a_name_that_estimators_know():
    made = TabularClassifier(submodels=4)
    assert made.get_params()["submodels"] == 4
    with pytest.raises(ConfigError, match="submodels is 0; it must be a whole number of at least"):
        TabularClassifier("fast", submodels=0).fit(pd.DataFrame({"a": range(9)}), [0, 1, 0] * 3)
