"""Encoders as plain lists, numbers and text, and back."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.stored import (
    NAMES,
    TRANSFORMS,
    encoder_as_dict,
    encoder_from_dict,
)
from fastavg.data.preprocessing.table_encoder import Encoding, fit_encoder

RANDOM = np.random.default_rng(0)
FRAME = frame_of({
    "age": np.where(np.arange(200) % 9 == 0, np.nan, RANDOM.gamma(2, 20, 200)),
    "town": RANDOM.choice(["Ulm", "Bonn", "Köln"], 200),
    "paid": RANDOM.random(200) < 0.5,
})


@pytest.fixture(params=["robust", "quantile"])
def encoder(request):
    y = np.arange(200) % 3 == 0
    return fit_encoder(FRAME, plan_columns(FRAME), y, "class", Encoding(request.param, 4, 4))


def test_an_encoder_outlives_json_to_the_bit(encoder):
    again = encoder_from_dict(json.loads(json.dumps(encoder_as_dict(encoder))))
    assert again.columns == encoder.columns == ("age", "town", "paid")
    assert again.width == encoder.width
    np.testing.assert_array_equal(
        again.apply(FRAME, "float64"),
        encoder.apply(FRAME, "float64"),
    )


def test_every_kind_of_transform_is_stored_by_its_name(encoder):
    stored = {
        (feature["column"], transform["name"])
        for feature in encoder_as_dict(encoder)["features"]
        for transform in feature["transforms"]
    }
    first = ("age", "scaled") if ("age", "scaled") in stored else ("age", "quantile")
    assert stored == {
        first, ("age", "missing-indicator"), ("age", "piecewise-linear"),
        ("town", "one-hot"), ("paid", "sign"),
    }
    assert {*NAMES.values()} == {*TRANSFORMS}


def test_text_that_looks_like_a_number_stays_text(encoder):
    stored = encoder_as_dict(encoder)
    town = next(each for each in stored["features"] if each["column"] == "town")
    town["transforms"][0]["levels"] = [1, 2, 3]
    again = encoder_from_dict(stored)
    assert next(each for each in again.features if each.column == "town").levels == ("1", "2", "3")


@pytest.mark.parametrize(("change", "error"), [
    ({"name": "logarithm"}, KeyError), ({"name": "quantile"}, KeyError),
    ({"name": "piecewise-linear", "edges": ["a", "b"]}, ValueError),
])
def test_what_stands_for_no_encoder(change, error):
    feature = {"column": "a", "part": "number", "transforms": [change]}
    with pytest.raises(error):
        encoder_from_dict({"features": [feature]})


def test_a_dictionary_without_features_stands_for_none():
    with pytest.raises(KeyError):
        encoder_from_dict({})
