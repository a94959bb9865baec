"""Committees: the mean of several networks' predictions, in one file."""

from __future__ import annotations

import numpy as np
import pytest

import fastavg
from fastavg import Committee, ConfigError, FileDamaged, Model, Network
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.models.committee import committee_of, only_network
from fastavg.models.inspection import inspect_model
from fastavg.models.tensor_file import pack, read

X = np.random.default_rng(0).normal(size=(40, 3))


def models(output, outputs=3, classes=None, members=3):
    network = Network((3, 5, outputs), "tanh", output)
    return [
        Model(network, network.initial_weights(seed, "glorot", "f8"), classes)
        for seed in range(members)
    ]


@pytest.mark.parametrize(("output", "outputs", "classes"), [
    ("softmax", 3, np.array(["a", "b", "c"])), ("logistic", 1, np.array([4, 7])),
    ("logistic", 3, None), ("logistic", 3, np.arange(3)),
])
def test_probabilities_are_the_mean(output, outputs, classes):
    each = models(output, outputs, classes)
    made = committee_of(each)
    mean = np.mean([model.predict_proba(X) for model in each], axis=0)
    if output == "logistic" and outputs == 3 and classes is not None:
        mean = np.mean([model._forward(X, "logistic") for model in each], axis=0)
        mean /= mean.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(made.predict_proba(X), mean, rtol=1e-12)
    if classes is None:
        np.testing.assert_array_equal(made.predict(X), mean > 0.5)
        return
    np.testing.assert_array_equal(made.predict(X), classes[mean.argmax(axis=1)])
    truth = classes[np.arange(40) % len(classes)]
    if output == "softmax" or outputs == 1:
        chosen = mean[np.arange(40), np.arange(40) % len(classes)]
        assert made.loss(X, truth) == pytest.approx(-np.log(chosen).mean(), rel=1e-9)
    assert made.score(X, truth) == np.mean(made.predict(X) == truth)


@pytest.mark.parametrize("output", ["identity", "exponential"])
def test_numbers_are_the_mean(output):
    each = models(output, 2)
    np.testing.assert_allclose(
        committee_of(each).predict(X), np.mean([model.predict(X) for model in each], axis=0)
    )


def test_margins_are_the_mean():
    each = models("margin", 1, np.array(["no", "yes"]))
    made = committee_of(each)
    mean = np.mean([model.decision(X) for model in each], axis=0)
    np.testing.assert_allclose(made.decision(X), mean)
    np.testing.assert_array_equal(made.predict(X), np.array(["no", "yes"])[(mean[:, 0] > 0) * 1])


def test_one_member_is_the_network():
    each = models("softmax", classes=np.arange(3), members=1)
    made = committee_of(each)
    np.testing.assert_allclose(made.predict_proba(X), each[0].predict_proba(X), rtol=1e-12)
    assert only_network(made, "this").weights is not None


def test_a_file_holds_all_of_it(tmp_path):
    each = models("softmax", classes=np.array(["a", "b", "c"]))
    made = Committee(
        each[0].network, np.stack([model.weights for model in each]), each[0].classes,
        ("x", "y", "z"), Scaling(np.ones(3), np.full(3, 0.5)),
    )
    made.save(tmp_path / "c.safetensors")
    found = fastavg.load(tmp_path / "c.safetensors")
    assert isinstance(found, Committee)
    np.testing.assert_array_equal(found.members, made.members)
    np.testing.assert_array_equal(found.predict_proba(X), made.predict_proba(X))
    assert found.feature_names == ("x", "y", "z")
    about = inspect_model(tmp_path / "c.safetensors")
    assert (about["kind"], about["networks"], about["scaled"]) == ("committee", 3, True)
    light = fastavg.load_light(tmp_path / "c.safetensors")
    np.testing.assert_allclose(light.predict_proba(X), made.predict_proba(X), rtol=1e-6)


def test_a_file_with_weights_of_another_shape_holds_no_committee(tmp_path):
    committee_of(models("softmax", classes=np.arange(3))).save(tmp_path / "c")
    tensors, meaning = read(tmp_path / "c")
    tensors["weights"] = np.ascontiguousarray(tensors["weights"][:, :-1])
    (tmp_path / "c").write_bytes(pack(tensors, meaning))
    with pytest.raises(FileDamaged, match="holds no committee"):
        fastavg.load(tmp_path / "c")


def test_what_takes_a_single_network_says_so():
    made = committee_of(models("softmax", classes=np.arange(3)))
    with pytest.raises(ConfigError, match="a committee of 3 networks"):
        fastavg.integrated_gradients(made, X)


def test_members_have_the_same_layers():
    with pytest.raises(ConfigError, match="same layers"):
        committee_of([*models("softmax"), *models("logistic")])
    with pytest.raises(ConfigError, match="a row for each is needed"):
        Committee(Network((2, 2)), np.zeros(6))
