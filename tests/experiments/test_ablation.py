"""The ablation page: each trick beside a reference of the same split and seed."""

from __future__ import annotations

import json
import math

import pytest

from fastavg import Execution
from fastavg.experiments.ablation import (
    TRICKS,
    Effect,
    Trick,
    ablation_table,
    run_ablation,
    write_ablation,
)
from fastavg.plan.profiles import merged
from fastavg.plan.resolve import Facts, resolve

SMALL = {"workers": 1, "epochs": 1, "batch_size": 32, "network": {"hidden": [10]}}


def test_every_trick_can_be_planned():
    facts = Facts(3500, 400, 10, "class")
    for trick in TRICKS:
        reference = merged({"workers": 2, "batch_size": 16}, trick.against)
        with_it = resolve(merged(reference, trick.options), facts, "shell")
        without = resolve(reference, facts, "shell")
        changed = with_it != without or "data" in trick.options
        assert trick.members > 1 or changed or "(default)" in trick.command, trick.name
    assert len({trick.name for trick in TRICKS}) == len(TRICKS)


def test_effects_are_differences_on_the_same_splits(tmp_path):
    tricks = (
        Trick("nothing", "", {}), Trick("more epochs", "--epochs 4", {"epochs": 4}),
        Trick("committee of 2", "--members 2", {}, {}, 2),
    )
    told = []
    effects = run_ablation(tricks, 2, SMALL, Execution(1), told.append)
    assert told == effects
    assert effects[0].mean == effects[0].error == 0
    assert effects[1].mean > 0
    assert effects[2].without == effects[0].given
    page = write_ablation(effects, tmp_path / "new", SMALL)
    text = page.read_text()
    assert "| more epochs |" in text
    assert "`--epochs 4`" in text
    assert "chosen on the test rows of split 0" in text
    record = json.loads((tmp_path / "new" / "ablation.json").read_text())
    assert [each["with"] for each in record] == [effect.given for effect in effects]


def test_a_standard_error_needs_two_splits():
    effect = Effect(TRICKS[0], [0.5, 0.6], [0.6, 0.9])
    assert effect.mean == pytest.approx(20)
    assert effect.error == pytest.approx(10)
    assert math.isnan(Effect(TRICKS[0], [0.5], [0.6]).error)
    assert ablation_table([effect]).rows[0][3] == "+20.00 ± 10.00"
