"""Height, width and channels: guessed for squares, given for others, refused where wrong."""

import pytest

from fastavg.data.deformations.image_shape import ImageRows
from fastavg.errors import ConfigError


@pytest.mark.parametrize(("features", "shape"), [
    (400, (20, 20, 1)), (784, (28, 28, 1)), (3072, (32, 32, 3)), (12, (2, 2, 3)), (4, (2, 2, 1)),
])
def test_squares_of_one_or_three_channels_are_seen(features, shape):
    assert ImageRows().shape_of(features) == shape


@pytest.mark.parametrize(("given", "shape"), [
    ((4, 6), (4, 6, 1)), ([2, 3, 4.0], (2, 3, 4)), ((1, 24), (1, 24, 1)),
])
def test_others_are_given(given, shape):
    assert ImageRows(given).shape_of(24) == shape


@pytest.mark.parametrize("features", [1, 2, 3, 5, 54, 785])
def test_rows_that_are_no_square_are_refused(features):
    with pytest.raises(ConfigError, match=f"rows of {features} features are no square image"):
        ImageRows().check(features)


def test_another_size_is_refused():
    with pytest.raises(ConfigError, match=r"4 x 5, which is 20 numbers, and rows have 24 features"):
        ImageRows((4, 5)).check(24)


@pytest.mark.parametrize("given", [5, (5,), (0, 5), (2, 2, 2, 2), "square", (2.5, 2), ()])
def test_what_is_no_shape_is_refused(given):
    with pytest.raises(ConfigError, match="it must be height, width and, if there are several"):
        ImageRows(given)
