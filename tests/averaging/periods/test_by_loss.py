"""AdaComm: the period falls with the root of the training loss."""

from __future__ import annotations

import math

import pytest

from fastavg.averaging.periods import LossPeriod, Progress


def period(loss, last=20, first_loss=2.0, **options):
    progress = Progress(1000, 1000, 20, last, loss, first_loss)
    return LossPeriod(**options).next(progress).period


@pytest.mark.parametrize("loss", [2.0, 1.9, 1.0, 0.31, 0.02, 1e-9])
def test_the_papers_formula(loss):
    assert period(loss) == math.ceil(math.sqrt(loss / 2.0) * 20)


def test_it_never_grows():
    assert period(8.0, last=12) == 12
    assert period(0.5, last=4) == 4


def test_where_the_loss_stands_still_it_shrinks_if_asked():
    assert period(2.0, last=20, shrink=0.5) == 10
    assert period(2.0, last=1, shrink=0.5) == 1


def test_losses_without_a_ratio_leave_it():
    assert period(math.nan, last=9) == 9
    assert period(-1.0, last=9) == 9
    assert period(1.0, last=9, first_loss=0.0) == 9
