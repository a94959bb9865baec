"""The options of a run on parts: what is refused, how many workers there are, the score."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.plan.inputs import DataOptions
from fastavg.runs.parts_training import check_options_of_parts, open_rank_parts, score_of_all
from tests.communicators.ranks import on_ranks
from tests.data.parts.sources import FEATURES, rows, source

GIVEN = {"sampling": {"name": "partitions"}, "workers": 4}


def options_of(folder, **changes):
    X, y = rows()
    source("npy", folder, X=X, y=changes.pop("y", y))
    return DataOptions(file=folder / "X.npy", target=str(folder / "y.npy"), **changes)


@pytest.mark.parametrize(("given", "said"), [
    ({"network": {"start_from": "m"}}, "--start-from needs all rows at one place"),
    ({"data": {"validation": "v.npy"}}, "--validation needs all rows at one place"),
    ({"solver": {"learning_rate": "auto"}}, "learning_rate auto tries rates on all rows"),
])
def test_what_needs_all_rows_is_refused_by_name(given, said):
    with pytest.raises(ConfigError, match=said):
        check_options_of_parts(given, DataOptions())
    with pytest.raises(ConfigError, match="read_by is root, which sends all rows to all ranks"):
        check_options_of_parts({}, DataOptions(read_by="root"))
    check_options_of_parts(GIVEN, DataOptions())


def test_facts_are_those_of_all_ranks(tmp_path):
    options = options_of(tmp_path)

    def opened(ranks):
        return open_rank_parts(GIVEN, options, ranks, "shell")

    for found in on_ranks(3, opened):
        assert (found.facts.rows, found.test_rows, found.facts.outputs) == (71, 32, 3)
        assert len(found.parts.cut.sizes) == 4


def test_workers_are_chosen_by_the_rows_that_train(tmp_path):
    found = open_rank_parts({}, options_of(tmp_path), LocalCommunicator(), "shell")
    assert len(found.parts.cut.sizes) == 1


@pytest.mark.parametrize("size", [1, 3])
def test_the_score_is_that_of_all_test_rows(size, tmp_path):
    X, y = rows()
    for target, output, units in ((y, "softmax", 3), (X[:, 0] * 2.0 + 0.5, "identity", 1)):
        options = options_of(tmp_path, y=target)
        network = Network((FEATURES, units), output=output)

        def scored(ranks, options=options, network=network):
            opened = open_rank_parts(GIVEN, options, ranks, "shell")
            model = Model(
                network, network.initial_weights(0), opened.learnt.classes,
                scaling=opened.learnt.scaling,
            )
            return score_of_all(model, opened, ranks), model

        alone, model = scored(LocalCommunicator())
        opened = open_rank_parts(GIVEN, options, LocalCommunicator(), "shell")
        blocks = list(opened.parts.test_blocks())
        whole = model.score(
            np.concatenate([b.X for b in blocks]), np.concatenate([b.y for b in blocks])
        )
        assert alone == pytest.approx(whole, rel=1e-6)
        assert [score for score, _ in on_ranks(size, scored)] == [alone] * size


def test_without_test_rows_there_is_no_score(tmp_path):
    options = options_of(tmp_path, test_size=0.0)
    opened = open_rank_parts(GIVEN, options, LocalCommunicator(), "shell")
    network = Network((FEATURES, 3))
    model = Model(network, network.initial_weights(0), opened.learnt.classes)
    assert score_of_all(replace(model), opened, LocalCommunicator()) is None
