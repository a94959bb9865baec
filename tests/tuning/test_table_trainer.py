"""Trials of networks for tables: the loss of held-out rows, and options that they lack."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.tuning.table_trainer import TableTrainer
from tests.tuning.made import of_table


def test_the_score_is_the_held_out_loss_of_all_networks(tmp_path):
    trainer = of_table(tmp_path, table={"members": 2})
    told = []
    score = trainer.score(trainer.given, lambda epoch, score: told.append(score))
    assert trainer.figure == "neg_log_loss"
    # The first network alone is told of, the mean is over both.
    assert score < 0
    assert len(told) <= trainer.epochs
    assert score != max(told)


def test_networks_in_threads_end_together(tmp_path):
    trainer = of_table(tmp_path, table={"members": 3}, execution={"processes": 2})
    assert trainer.score(trainer.given, lambda epoch, score: epoch == 1) < 0


def test_options_of_other_networks_are_refused(tmp_path):
    for more, said in (
        ({"average_every": 2}, "average_every"), ({"table": {"cv": 3}}, "holds rows out itself"),
    ):
        with pytest.raises(ConfigError, match=said):
            of_table(tmp_path, **more)
    made = of_table(tmp_path)
    data = {**made.given["data"], "rows_from": "disk"}
    with pytest.raises(ConfigError, match="reads all rows into memory"):
        TableTrainer({**made.given, "data": data})
    with pytest.raises(ConfigError, match="need a data file"):
        TableTrainer({})
