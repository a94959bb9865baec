"""Configurations: by name, by file, and written down so that they make the same run."""

import math

import pytest

from fastavg.errors import ConfigError, DataError
from fastavg.losses import CustomLoss, Quantile
from fastavg.plan.configuration import (
    assign,
    configuration,
    parsed,
    put,
    read_config,
    written,
)
from fastavg.plan.inputs import DataOptions, NetworkOptions
from fastavg.plan.plan import Plan
from fastavg.plan.stopping_rule import Stopping
from fastavg.plan.surfaces import entries
from fastavg.solvers import SGD, SOLVERS, Regularization, Schedule

RICH = Plan(
    workers=3, epochs=2.5, solver=SGD(0.3, Schedule("step", every=3, warmup=1), nesterov=True),
    averaging="slow-momentum", sampling="resample", loss=Quantile(0.9),
    regularization=Regularization(dropout=(0.1, 0.2), max_norm=3.0),
    stopping=Stopping(early=True, patience=math.inf, max_seconds=60),
    augment=({"name": "affine", "shape": (4, 6), "rotation": 5}, "noise"),
)


@pytest.mark.parametrize("plan", [
    Plan(), RICH, Plan(loss="squared_hinge"), Plan(augment={"name": "cutout", "shape": (4, 6)}),
])
def test_a_plan_that_is_written_and_read_is_the_same_plan(plan, tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(written(configuration(plan)))
    assert Plan(**read_config(path)) == plan


@pytest.mark.parametrize("name", SOLVERS.members)
def test_every_solver_can_be_written_and_read(name, tmp_path):
    solver = SOLVERS.make(name)
    batch = 0 if getattr(solver, "whole_sample", False) else 8
    plan = Plan(solver=solver, batch_size=batch)
    path = tmp_path / "run.toml"
    path.write_text(written(configuration(plan)))
    assert Plan(**read_config(path)) == plan


def test_sections_are_written_beside_the_plan(tmp_path):
    network = NetworkOptions("16,8", "gelu,relu")
    path = tmp_path / "run.toml"
    path.write_text(written(configuration(Plan(), network=network, data=DataOptions("a.csv"))))
    found = read_config(path)
    assert NetworkOptions(**found["network"]) == network
    assert DataOptions(**found["data"]) == DataOptions("a.csv")


@pytest.mark.parametrize(("text", "value"), [
    ("3", 3), ("0.5", 0.5), ("1e-3", 1e-3), ("inf", math.inf), ("true", True), ("relu", "relu"),
    ("0.1,0.2", [0.1, 0.2]), ("[1, 2]", [1, 2]), ("60s", "60s"), ('"3"', "3"), ("a,b", "a,b"),
])
def test_values_are_read_as_in_a_file(text, value):
    assert parsed(text) == value


def test_names_lead_to_their_tables():
    config = {}
    for each in ("solver=sgd", "optimizer.momentum=0.5", "solver.schedule=cosine", "epochs=3",
                 "solver.schedule.warmup=1", "network.hidden=16,8"):
        assign(config, each)
    assert config == {
        "solver": {"name": "sgd", "momentum": 0.5, "schedule": {"name": "cosine", "warmup": 1}},
        "epochs": 3, "network": {"hidden": [16, 8]},
    }


@pytest.mark.parametrize(("name", "words"), [
    ("solver.momentun", r"did you mean solver\.momentum\?"),
    ("warmup", r"did you mean solver\.schedule\.warmup\?"),
    ("nothing.like.it", r"docs/reference/options\.md has them all"),
])
def test_unknown_names_are_refused(name, words):
    with pytest.raises(ConfigError, match=f"option '{name}' is unknown; {words}"):
        put({}, name, 1)


def test_files_that_cannot_be_used_are_refused(tmp_path):
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_config(tmp_path / "none.toml")
    path = tmp_path / "bad.toml"
    path.write_text("epochs = ")
    with pytest.raises(ConfigError, match=r"bad\.toml is no TOML"):
        read_config(path)
    path.write_text("[solver]\nnane = 'adam'\n")
    with pytest.raises(ConfigError, match=r"option 'solver\.nane' is unknown"):
        read_config(path)


def test_a_loss_of_ones_own_cannot_be_written():
    import numba

    @numba.njit
    def value(prediction, target):
        return (prediction - target) ** 2

    plan = Plan(loss=CustomLoss(value, value))
    with pytest.raises(ConfigError, match="loss CustomLoss has no name; it cannot be written"):
        configuration(plan)


def test_every_option_has_a_meaning_and_a_sentence():
    for entry in entries().values():
        assert len(entry.meaning) > 5, entry.name
        assert "``" not in entry.about.help
