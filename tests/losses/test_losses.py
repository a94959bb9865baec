"""Losses by name, and the loss that an output has if no other is named."""

from __future__ import annotations

import pickle

import pytest

from fastavg.errors import ConfigError
from fastavg.losses import LOSSES, CrossEntropy, Hinge, Huber, Loss, Poisson, SquaredError, own_loss
from fastavg.losses import loss as loss_of
from fastavg.networks.network import OUTPUTS
from tests.losses.cases import ELEMENTWISE, OF_CLASSES


@pytest.mark.parametrize("name", LOSSES.members)
def test_every_name_makes_a_loss(name):
    made = loss_of(name)
    assert isinstance(made, Loss)
    assert made == loss_of(name)
    assert set(made.outputs) <= set(OUTPUTS)


def test_a_loss_is_itself():
    huber = Huber(0.3)
    assert loss_of(huber) is huber
    assert loss_of("squared_hinge") == Hinge(squared=True)


def test_unknown_names_are_refused_with_all_known_ones():
    with pytest.raises(ConfigError, match=r"loss 'rmse' is unknown; choose .*huber") as caught:
        loss_of("rmse")
    assert all(name in str(caught.value) for name in LOSSES.members)


@pytest.mark.parametrize("output", OUTPUTS)
def test_every_output_has_a_loss_that_goes_with_it(output):
    own_loss(output).check_output(output)


def test_own_losses_are_those_of_the_field():
    assert own_loss("softmax") == own_loss("logistic") == CrossEntropy()
    assert own_loss("identity") == SquaredError()
    assert own_loss("exponential") == Poisson()


@pytest.mark.parametrize("loss", [loss for loss, _ in ELEMENTWISE + OF_CLASSES])
def test_losses_travel_between_processes(loss):
    assert pickle.loads(pickle.dumps(loss)) == loss
