"""Thresholds: the best one by a metric, of held-out rows alone, kept by every form of a model."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

import fastavg
from fastavg import ConfigError, TabularClassifier
from fastavg.estimators.tabular.threshold import best_threshold, metrics
from tests.models.tables import QUICK, answers, classifier, table

RANDOM = np.random.default_rng(0)
# Few enough that every threshold is tried.
Y = (RANDOM.random(390) < 0.2).astype(int)
CHANCES = np.clip(0.15 + 0.3 * Y + RANDOM.normal(0, 0.15, 390), 0.001, 0.999)


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_no_other_threshold_is_better(metric):
    found = best_threshold(metric, CHANCES, Y)
    score = metrics()[metric]
    best = max(score(Y, each < CHANCES) for each in np.linspace(0, 1, 300)[:-1])
    assert score(Y, found < CHANCES) >= best - 1e-12


def test_rows_that_nobody_held_out_and_rows_without_weight_do_not_count():
    wrong = np.where(np.arange(390) < 250, CHANCES, np.nan)
    first = best_threshold("f1", CHANCES[:250], Y[:250])
    assert best_threshold("f1", wrong, Y) == first
    counts = (np.arange(390) < 250).astype(float)
    weighted = best_threshold("f1", CHANCES, Y, counts)
    assert f1_score(Y[:250], CHANCES[:250] > weighted) == f1_score(Y[:250], CHANCES[:250] > first)


def test_a_model_keeps_it_in_every_form(tmp_path):
    frame = table()
    y = np.where(answers(frame) > 5, "dear", "cheap")
    model = TabularClassifier(**QUICK).fit(frame, y)
    before = model.predict(frame)
    assert model.choose_threshold(0.8) is model
    chances = model.predict_proba(frame)
    wanted = np.where(chances[:, 1] > 0.8, "dear", "cheap")
    assert (wanted != before).any()
    np.testing.assert_array_equal(model.predict(frame), wanted)
    model.save(tmp_path / "m.safetensors")
    loaded = fastavg.load(tmp_path / "m.safetensors")
    np.testing.assert_array_equal(loaded.predict(frame), wanted)
    sure = np.abs(chances[:, 1] - 0.8) > 1e-5
    light = fastavg.load_light(tmp_path / "m.safetensors").predict(frame)
    np.testing.assert_array_equal(light[sure], wanted[sure])
    assert 0 < model.choose_threshold("f1").model_.threshold < 1
    # Chosen on request alone.
    assert TabularClassifier(**QUICK).fit(frame, y).model_.threshold == 0.5


def test_onnx_has_the_threshold():
    runtime = pytest.importorskip("onnxruntime")
    frame = table()[["age", "town"]]
    model = TabularClassifier(**QUICK).fit(frame, answers(table()) > 5).choose_threshold(0.8)
    session = runtime.InferenceSession(fastavg.to_onnx(model).SerializeToString())
    labels, chances = session.run(["label", "probabilities"], {
        "age": frame[["age"]].to_numpy(), "town": frame[["town"]].to_numpy().astype(object),
    })
    np.testing.assert_array_equal(labels, (chances[:, 1] > 0.8).astype(int))


def test_what_cannot_be():
    with pytest.raises(ConfigError, match="threshold 'f7' is unknown; choose accuracy, balanced"):
        best_threshold("f7", CHANCES, Y)
    frame = table(200)[["age"]]
    two = TabularClassifier("fast").fit(frame, answers(table(200)) > 4)
    with pytest.raises(ConfigError, match=r"threshold is 1\.5; it must be at least 0 and below 1"):
        two.choose_threshold(1.5)
    with pytest.raises(ConfigError, match="a threshold parts two classes; there are 3"):
        classifier().choose_threshold()
