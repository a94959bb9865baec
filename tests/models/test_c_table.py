"""Columns of every kind as inputs, in C: dates, truth values, words, holes, bins."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import TabularRegressor, load_light
from fastavg.models.c_table import c_comment, c_text
from tests.models.compiled_c import answers, table_lines
from tests.models.tables import answers as prices
from tests.models.tables import table


@pytest.mark.parametrize("scale", ["robust", "quantile"])
def test_a_table_with_everything(scale, tmp_path):
    frame = table(200)
    made = TabularRegressor(
        "fast", hidden_layer_sizes=(8,), scale=scale, processes=1
    ).fit(frame, prices(frame)).model_
    kinds = {feature.part for feature in made.encoder.features}
    assert kinds >= {"number", "category", "boolean", "weekday", "year_day"}
    made.save(tmp_path / "m.safetensors")
    new = table(300, seed=1)
    light = load_light(tmp_path / "m.safetensors").predict(new)
    found = answers(made, table_lines(made, new), tmp_path)[:, 0]
    np.testing.assert_allclose(found, light, rtol=0, atol=1e-6 * np.abs(light).max())


def test_texts_and_comments_stay_inside():
    assert c_text('"??/\\\n') == '"\\042\\077\\077/\\134\\012"'
    assert c_text("é") == '"\\303\\251"'
    assert c_comment("*/ é\n") == "* / ? "
