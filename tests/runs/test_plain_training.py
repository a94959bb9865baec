"""A plain network from a run's options: facts, scaling, class weights, validation rows."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, Execution, Network, Plan
from fastavg.communicators import LocalCommunicator
from fastavg.plan.inputs import DataOptions
from fastavg.plan.resolve import resolve
from fastavg.runs.plain_training import (
    data_options,
    facts_of,
    scale_of,
    train_model,
    untrained_model,
    with_found_rate,
)
from fastavg.runs.run_data import open_run_rows


@pytest.fixture
def data(tmp_path):
    random = np.random.default_rng(0)
    X = random.normal(5, 3, (60, 4))
    np.savez(tmp_path / "d.npz", X=X, y=(X[:, 0] > 7).astype(int))
    return tmp_path / "d.npz"


def test_rows_are_split_and_scaled_and_their_facts_known(data):
    ranks = LocalCommunicator()
    rows = open_run_rows(ranks, DataOptions(file=data), "float32")
    assert (len(rows.X), len(rows.X_test), rows.target) == (42, 18, "class")
    np.testing.assert_allclose(rows.X.mean(axis=0), 0, atol=1e-6)
    facts = facts_of(rows, ranks)
    assert (facts.rows, facts.features, facts.outputs, facts.kind) == (42, 4, 2, "class")
    assert scale_of("auto", rows) == "standard"
    assert scale_of("none", rows) == "none"


def test_deformed_images_have_one_scale(data):
    given = {"file": data}
    deformed = data_options({"augment": {"name": "affine", "rotation": 3}, "data": given})
    assert deformed == DataOptions(file=data, scale="overall")
    assert data_options({"augment": {"name": "none"}, "data": given}) == DataOptions(file=data)
    further = {"augment": "affine", "data": given, "network": {"start_from": "a.model"}}
    assert data_options(further).scale == "auto"
    chosen = {**given, "scale": "none"}
    assert data_options({"augment": "affine", "data": chosen}).scale == "none"
    rows = open_run_rows(LocalCommunicator(), deformed, "float32")
    assert np.abs(rows.X).max() == 1
    assert scale_of("overall", rows) == "overall"


def test_class_weights_and_validation_rows_change_the_weights(data):
    rows = open_run_rows(LocalCommunicator(), DataOptions(file=data), "float32")
    network, plan = Network((4, 6, 2)), Plan(epochs=4, batch_size=8)
    untrained = untrained_model(network, rows, "float32")
    assert untrained.classes.tolist() == [0, 1]

    def trained(**more):
        options = DataOptions(file=data, **more)
        made = train_model(untrained, plan, rows, options, Execution(processes=1))
        return made.weights.tobytes()

    plain = trained()
    assert trained() == plain
    assert trained(class_weight="balanced") != plain
    assert len(trained(validation=data)) == len(plain)


def test_a_learning_rate_is_found_only_if_it_is_asked_for(data):
    ranks = LocalCommunicator()
    rows = open_run_rows(ranks, DataOptions(file=data), "float32")
    facts = facts_of(rows, ranks)
    for solver, differs in (({}, False), ({"learning_rate": "auto"}, True)):
        given = {"solver": solver, "workers": 2, "network": {"hidden": [6]}}
        usual = resolve(given, facts, "shell")
        found = with_found_rate(given, usual, rows)
        assert (found.plan.solver.learning_rate != usual.plan.solver.learning_rate) is differs
        assert found.plan.solver.schedule == usual.plan.solver.schedule
        assert with_found_rate(given, usual, rows) == found
    given = {"solver": {"name": "cg", "learning_rate": "auto"}}
    with pytest.raises(ConfigError, match="searches along lines"):
        with_found_rate(given, resolve(given, facts, "shell"), rows)
