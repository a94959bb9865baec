"""Every member keeps the contract of a deformation."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.deformations import DEFORMATIONS, Affine, Compose, Noise, Undeformed
from fastavg.errors import ConfigError

MEMBERS = {
    name: DEFORMATIONS.make({"name": name, "parts": ("affine", "noise")} if name == "compose" else
                            name)
    for name in DEFORMATIONS.members
}
KEYS = np.random.default_rng(1).integers(0, 2**63, 12).astype(np.uint64)


def images(dtype="float32"):
    return np.random.default_rng(0).random((12, 48)).astype(dtype)


def deformed(member, rows, keys=KEYS):
    out = np.full_like(rows, np.nan)
    member.check(rows.shape[1])
    member.deform(rows, keys, out)
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", MEMBERS)
def test_a_row_depends_on_itself_and_its_key_alone(name, dtype):
    member, rows = MEMBERS[name], images(dtype)
    before, out = rows.copy(), deformed(member, rows)
    assert (rows == before).all()
    assert np.isfinite(out).all()
    assert deformed(member, rows[::-1].copy(), KEYS[::-1].copy()).tobytes() == (
        out[::-1].copy().tobytes()
    )
    assert deformed(member, rows[3:4], KEYS[3:4]).tobytes() == out[3:4].tobytes()


@pytest.mark.parametrize("name", MEMBERS)
def test_rows_may_be_taken_in_another_order(name):
    member, rows, order = MEMBERS[name], images(), np.array([7, 0, 11, 7])
    out = np.full_like(rows[:4], np.nan)
    member.deform(rows, KEYS[:4], out, order)
    assert out.tobytes() == deformed(member, rows[order], KEYS[:4]).tobytes()


@pytest.mark.parametrize("name", MEMBERS)
def test_other_keys_deform_in_another_way(name):
    member, rows = MEMBERS[name], images()
    changed = (deformed(member, rows) != rows).any(axis=1)
    # Mixtures are made at last, of whole steps.
    moves = member.active and name != "mixup"
    assert changed.all() if moves else not changed.any()
    others = deformed(member, rows, KEYS + np.uint64(1)) != deformed(member, rows)
    assert others.any() == moves


@pytest.mark.parametrize("name", MEMBERS)
def test_members_travel_and_are_values(name):
    member = MEMBERS[name]
    assert pickle.loads(pickle.dumps(member)) == member == replace(member)
    assert DEFORMATIONS.name_of(member) == name
    assert DEFORMATIONS.make(member) is member


@pytest.mark.parametrize(("given", "made"), [
    ("none", Undeformed()), (None, Undeformed()),
    ({"name": "affine", "rotation": 3}, Affine(rotation=3)),
    ("affine,noise", Compose((Affine(), Noise()))),
    ([Affine(), {"name": "noise", "deviation": 1.0}], Compose((Affine(), Noise(1.0)))),
    ({"name": "affine, noise"}, Compose((Affine(), Noise()))),
])
def test_what_deformations_are_made_of(given, made):
    assert DEFORMATIONS.make(given) == made


@pytest.mark.parametrize(("given", "words"), [
    ("spirals", "augment 'spirals' is unknown; choose none, "),
    (3, "augment is 3; choose none, "),
    ({"name": "affine", "alpha": 1}, "augment affine has no option 'alpha'"),
    ({"name": "affine,noise", "rotation": 1}, "has no options of its own"),
    ((), "it must be a list of deformations"),
])
def test_what_is_no_deformation_is_refused(given, words):
    with pytest.raises(ConfigError, match=words):
        DEFORMATIONS.make(given)
