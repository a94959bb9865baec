"""Networks for a table that stays on disk."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Execution, TabularClassifier, TabularRegressor, load
from fastavg.data.large_tables import table_survey
from fastavg.data.large_tables.large_table import Chosen, open_large_table
from fastavg.data.preprocessing.stored import encoder_as_dict
from fastavg.data.preprocessing.table_encoder import fit_encoder
from fastavg.estimators.tabular import large_fit
from fastavg.estimators.tabular.large_fit import fit_large_table
from fastavg.estimators.tabular.recipe import Recipe
from tests.models.tables import answers, table

RECIPE = Recipe((8,), members=3, folds=3, max_epochs=6)


@pytest.fixture
def path(tmp_path):
    frame = table(900)
    frame["y"] = np.array(["low", "middle", "top"])[np.digitize(answers(frame), [3, 5])]
    frame["amount"] = answers(frame)
    frame["count"] = 1.0
    frame.to_parquet(tmp_path / "t.parquet", row_group_size=300)
    return tmp_path / "t.parquet"


def test_a_table_that_fits_is_encoded_as_one_in_memory(path):
    table_ = open_large_table(path, "y", chosen=Chosen(ignore=("amount", "count")))
    made = fit_large_table(table_, RECIPE, 0, Execution(1))
    known = table_.survey
    y = np.searchsorted(known.target.classes, known.sample.values("y"))
    whole = fit_encoder(known.sample, table_.columns, y, "class", RECIPE.encoding)
    assert encoder_as_dict(made.model.encoder) == encoder_as_dict(whole)
    assert made.held_out.shape == (900, 3)
    assert made.model.temperature != 1


@pytest.mark.parametrize("workers", [1, 2])
def test_threads_windows_and_names_change_what_they_should(path, workers, monkeypatch):
    monkeypatch.setattr(large_fit, "WINDOW", 100)
    monkeypatch.setattr(large_fit, "LEAST_WINDOW", 100)
    recipe = Recipe((8,), members=2, folds=2, max_epochs=3, workers=workers)
    table_ = open_large_table(path, "amount", "number", chosen=Chosen("count", ignore=("y",)))
    one, two = (fit_large_table(table_, recipe, 0, Execution(n)) for n in (1, 2))
    np.testing.assert_array_equal(one.model.members, two.model.members)
    other = fit_large_table(table_, recipe, 1, Execution(1))
    assert not np.array_equal(one.model.members, other.model.members)
    assert one.model.residual_quantiles.shape == (101, 1)


def test_a_sample_is_enough_to_learn_from(path, monkeypatch, tmp_path):
    monkeypatch.setattr(table_survey, "SAMPLE_ROWS", 200)
    frame = table(900)
    model = TabularClassifier(
        "fast", hidden_layer_sizes=(16,), ignore=["amount", "count"], processes=1
    ).fit_file(path, "y")
    y = np.array(["low", "middle", "top"])[np.digitize(answers(frame), [3, 5])]
    assert model.model_.score(frame, y) > 0.8
    model.save(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(
        load(tmp_path / "m.safetensors").predict_proba(frame), model.predict_proba(frame.assign(
            amount=0.0, count=0.0
        ))
    )


def test_estimators_take_files(path):
    made = TabularRegressor(
        "fast", hidden_layer_sizes=(8,), ignore=["y"], processes=1
    ).fit_file(path, "amount", "count")
    frame = table(900).assign(y="low")
    assert np.corrcoef(made.predict(frame), answers(frame))[0, 1] > 0.9
    low, high = made.predict_interval(frame)
    assert (low < high).all()
    two = TabularClassifier(
        "fast", hidden_layer_sizes=(4,), ignore=["y", "amount", "count"], processes=1
    ).fit_file(path, "paid")
    assert 0 <= two.choose_threshold("f1").model_.threshold < 1
