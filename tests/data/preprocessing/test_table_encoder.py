"""Tables as inputs: fitted to the training rows alone, compact rows that stand for them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.column_plan import plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.preprocessing.stored import encoder_as_dict, encoder_from_dict
from fastavg.data.preprocessing.table_encoder import Encoding, fit_encoder
from fastavg.models.forward import Forward
from fastavg.networks.network import Network


def columns(n, seed=0):
    random = np.random.default_rng(seed)
    days = np.datetime64("2023-03-01T00:00") + random.integers(0, 300_000, n).astype("m8[m]")
    return {
        "age": np.where(random.random(n) < 0.1, np.nan, random.gamma(2, 20, n)),
        "town": random.choice(["Ulm", "Bonn", "Köln", "Rare"], n, p=[0.5, 0.3, 0.19, 0.01]),
        "word": [None if k % 9 == 0 else f"w{k % 5}" for k in range(n)],
        "paid": random.random(n) < 0.5,
        "when": days.astype("datetime64[s]"),
        "cabin": [f"C{k}" if k % 2 else None for k in range(n)],
        "whole": random.integers(0, 1000, n),
    }


@pytest.fixture(params=["robust", "standard", "minmax", "quantile"])
def fitted(request):
    frame = frame_of(columns(500))
    y = (np.nan_to_num(frame.numbers("age")) > 40).astype(int)
    encoding = Encoding(request.param, 8, 8)
    return fit_encoder(frame, plan_columns(frame), y, "class", encoding), frame


def test_compact_rows_stand_for_the_inputs(fitted):
    encoder, _ = fitted
    frame = frame_of(columns(300, seed=1))
    units = Network((encoder.width, encoder.width), output="identity")
    # With a unit for each input and no bias the layer shows them.
    same = np.concatenate([np.eye(encoder.width).ravel(), np.zeros(encoder.width)])
    for dtype, tolerance in (("float32", 2e-6), ("float64", 1e-12)):
        compact = encoder.compact(frame, dtype)
        assert compact.dtype == dtype
        assert compact.shape == (300, encoder.numbers)
        assert np.isfinite(compact).all()
        shown = Forward(units, dtype, encoder.lookups).load(same.astype(dtype))(compact)
        np.testing.assert_allclose(shown, encoder.apply(frame, "float64"), atol=tolerance)


def test_a_row_is_encoded_alone_as_among_others(fitted):
    encoder, frame = fitted
    whole, compact = encoder.apply(frame), encoder.compact(frame)
    for row in (0, 17, 499):
        alone = frame.take(np.array([row]))
        np.testing.assert_array_equal(encoder.apply(alone)[0], whole[row])
        np.testing.assert_array_equal(encoder.compact(alone)[0], compact[row])


def test_an_encoder_outlives_json_to_the_bit(fitted):
    encoder, frame = fitted
    stored = json.loads(json.dumps(encoder_as_dict(encoder)))
    np.testing.assert_array_equal(
        encoder_from_dict(stored).apply(frame), encoder.apply(frame)
    )


def test_the_order_of_columns_and_further_columns_do_not_matter(fitted):
    encoder, frame = fitted
    turned = frame.select(frame.names[::-1])
    more = frame_of({"other": ["x"] * 500}).columns
    turned = frame_of(turned.columns.append_column("other", more.column("other")))
    np.testing.assert_array_equal(encoder.apply(turned), encoder.apply(frame))


def test_unknown_levels_are_zeros_and_missing_ones_have_an_input():
    frame = frame_of({"word": ["a"] * 20 + ["b"] * 20 + [None] * 20})
    encoder = fit_encoder(frame, plan_columns(frame), np.zeros(60), "class", Encoding())
    made = encoder.apply(frame_of({"word": ["b", "a", None, "new"]}))
    assert made.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_missing_and_changed_columns_are_named(fitted):
    encoder, frame = fitted
    with pytest.raises(DataError, match="has no column 'age', which the model was trained on"):
        encoder.apply(frame.without("age"))
    changed = {**columns(20), "age": ["young", "old"] * 10}
    with pytest.raises(DataError, match="column 'age' holds text values; it held numbers"):
        encoder.apply(frame_of(changed, "new.csv"))
    changed = {**columns(20), "when": ["then", "now"] * 10}
    with pytest.raises(DataError, match=r"new\.csv, column 'when' holds text .* it held dates"):
        encoder.apply(frame_of(changed, "new.csv"))


def test_infinite_numbers_are_named():
    with pytest.raises(DataError, match="row 1, column 'a' holds inf"):
        frame_of({"a": [1.0, np.inf]}).numbers("a")


def test_impossible_encodings():
    with pytest.raises(ConfigError, match="scale 'log' is unknown; choose robust"):
        Encoding("log")
    frame = frame_of({"a": [1.0, 2.0, 3.0], "b": ["x", "x", "y"]})
    plan = plan_columns(frame)
    same = frame.take(np.zeros(3, int))
    with pytest.raises(ConfigError, match="no column is left to learn from"):
        fit_encoder(same, plan, np.zeros(3), "class", Encoding())


def test_parts_of_a_date():
    frame = frame_of({"when": ["2024-02-29 06:30:00", "2024-03-04 18:00:00"]})
    plan = plan_columns(frame)
    encoder = fit_encoder(frame, plan, np.arange(2), "class", Encoding("minmax", 0, 0))
    parts = {feature.part: feature.transforms[0].center for feature in encoder.features}
    # A Thursday, the sixtieth day of its year, half past six; a Monday.
    assert parts == pytest.approx(
        {"day": 19782 + 6.5 / 24, "weekday": 0, "year_day": 59, "hour": 6.5}
    )
