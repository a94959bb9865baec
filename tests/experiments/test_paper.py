"""The paper's numbers, as they stand in its tables."""

import pytest

from fastavg.experiments.paper import EPOCHS, accuracy, seconds


@pytest.mark.parametrize(("workers", "expected"), [
    (1, [80.67, 86.89, 88.63, 89.9]), (2, [84.06, 87.28, 86.45, 88.93]),
    (8, [84.06, 87.28, 86.45, 88.93]),
])
def test_accuracy(workers, expected):
    assert [accuracy(workers, epochs) for epochs in EPOCHS] == expected


@pytest.mark.parametrize(("workers", "expected"), [
    (1, [244, 494, 622, 1225]), (2, [211, 337, 406, 790]), (4, [209, 318, 398, 746]),
    (8, [217, 345, 431, 807]),
])
def test_seconds(workers, expected):
    assert [seconds(workers, epochs) for epochs in EPOCHS] == expected


@pytest.mark.parametrize(("workers", "epochs"), [(3, 100), (1, 150), (16, 500)])
def test_what_the_paper_does_not_give_is_none(workers, epochs):
    assert accuracy(workers, epochs) is None
    assert seconds(workers, epochs) is None
