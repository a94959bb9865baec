"""Trials of plain networks: what is held out, what stays the same, what is tried."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.tuning.plain_trainer import HELD_OUT, PlainTrainer, is_given
from tests.tuning.made import SMALL, arrays, plain


def test_rows_are_held_out_and_the_workers_stay_the_same(tmp_path):
    trainer = plain(tmp_path)
    assert trainer.given["stopping"] == {"validation_size": HELD_OUT}
    assert trainer.given["workers"] == 1
    assert (trainer.figure, trainer.epochs) == ("accuracy", 4)


def test_rows_and_a_metric_of_ones_own(tmp_path):
    own = {"validation_size": 0.4, "metric": "neg_log_loss"}
    trainer = plain(tmp_path, stopping=own)
    assert (trainer.given["stopping"], trainer.figure) == (own, "neg_log_loss")


def test_numbers_are_scored_by_r2(tmp_path):
    X = np.random.default_rng(0).normal(size=(80, 3))
    np.savez(tmp_path / "n.npz", X=X, y=X[:, 0] * 2 + 0.25)
    trainer = PlainTrainer({**SMALL, "data": {"file": str(tmp_path / "n.npz")}})
    assert trainer.figure == "r2"
    assert trainer.score(trainer.given, lambda epoch, score: False) <= 1


def test_a_solver_without_batches_has_none_to_try(tmp_path):
    trainer = PlainTrainer({**SMALL, "solver": "cg", "data": {"file": arrays(tmp_path)}})
    names = {each.name for each in trainer.space()}
    assert names == {"network.hidden", "network.activation", "regularization.l2"}


def test_a_model_is_not_trained_further():
    with pytest.raises(ConfigError, match="trains new networks only"):
        PlainTrainer({"network": {"start_from": "m.safetensors"}})


def test_a_search_makes_no_range_test():
    with pytest.raises(ConfigError, match="a search tries rates itself"):
        PlainTrainer({"solver": {"learning_rate": "auto"}})


def test_what_is_given():
    assert is_given("network.hidden", {"network": {"hidden": [8]}})
    assert not is_given("network.hidden", {"network": {"activation": "relu"}})
