"""The network of a table, with and without embeddings."""

from __future__ import annotations

import numpy as np
import pytest

import fastavg
from fastavg import ConfigError, TabularClassifier, load_light
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.table_encoder import Encoding, fit_encoder
from fastavg.estimators.tabular.first_layer import first_weights, network_of
from fastavg.estimators.tabular.recipe import Recipe
from tests.models.tables import classifier, said, table

FRAME = frame_of(table(90))
ENCODER = fit_encoder(
    FRAME, plan_columns(FRAME), np.arange(90) % 2, "class", Encoding("robust", 4, 4)
)


def test_embeddings_are_a_layer_before_the_hidden_ones():
    plain, lookups = network_of(ENCODER, Recipe((9, 7), "selu"), 3, "softmax")
    assert plain.layer_sizes == (ENCODER.width, 9, 7, 3)
    np.testing.assert_array_equal(lookups, ENCODER.lookups)
    made, lookups = network_of(ENCODER, Recipe((9, 7), "selu", embedding=5), 3, "softmax")
    assert made.layer_sizes[0] == ENCODER.width
    assert made.layer_sizes[2:] == (9, 7, 3)
    assert made.activations == ("identity", "selu", "selu", "identity")
    assert not np.array_equal(lookups, ENCODER.lookups)
    with pytest.raises(ConfigError, match="embedding is -1; it must be a whole number of at le"):
        Recipe(embedding=-1)


def test_first_weights_are_those_of_the_network_but_for_embeddings():
    made, lookups = network_of(ENCODER, Recipe((9,), embedding=5), 2, "softmax")
    drawn = made.initial_weights(3, "glorot-biases", "float32")
    np.testing.assert_array_equal(first_weights(made, None, 3, "glorot-biases"), drawn)
    np.testing.assert_array_equal(first_weights(made, ENCODER.lookups, 3, "glorot-biases"), drawn)
    found = first_weights(made, lookups, 3, "glorot-biases")
    first = made.layer_sizes[0] * made.layer_sizes[1] + made.layer_sizes[1]
    np.testing.assert_array_equal(found[first:], drawn[first:])
    assert not np.array_equal(found[:first], drawn[:first])


def test_a_model_with_embeddings_learns_and_is_read_by_numpy_alone(tmp_path):
    made = classifier(embedding=3)
    model, frame = made.model_, table(60, 1)
    matrix = model.network.views(model.members[0])[0][0]
    # Levels and bins of other columns lead to none of a column's numbers.
    assert 0 < (matrix == 0).mean() < 1
    assert made.validation_loss_curves_[0][-1] < made.validation_loss_curves_[0][0]
    model.save(tmp_path / "m.safetensors")
    again = fastavg.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(said(again, frame), said(model, frame))
    light = load_light(tmp_path / "m.safetensors")
    np.testing.assert_allclose(light.predict_proba(frame), said(model, frame), atol=1e-5)


def test_threads_change_no_bit_of_embeddings():
    one, two = (classifier(embedding=2, processes=n).model_.members for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    assert isinstance(TabularClassifier(embedding=2).embedding, int)
