"""Height, width and channels of the images that lie flat in rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fastavg.errors import ConfigError
from fastavg.options import Check, check_options, is_number, is_whole, option

NUMBER = Check(is_number, "be a number")


@dataclass(frozen=True)
class ImageRows:
    """Rows that are images: line by line, the channels of a pixel side by side.

    Parameters
    ----------
    shape : tuple of int, optional
        Height and width of the images, and the number of channels if there are several; if not
        given, images are square and have one or three channels.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> ImageRows().shape_of(784), ImageRows().shape_of(3072), ImageRows((4, 6)).shape_of(24)
    ((28, 28, 1), (32, 32, 3), (4, 6, 1))
    """

    shape: tuple[int, ...] | None = option(None)

    def __post_init__(self) -> None:
        given: Any = self.shape
        if given is not None:
            numbers = tuple(given) if isinstance(given, (list, tuple)) else (given,)
            if len(numbers) not in (2, 3) or not all(is_whole(each, 1) for each in numbers):
                raise ConfigError(
                    f"shape is {given!r}; it must be height, width and, if there are several, "
                    "channels, such as 28,28"
                )
            object.__setattr__(self, "shape", tuple(map(int, numbers)))
        check_options(self)

    @property
    def active(self) -> bool:
        """Rows are deformed."""
        return True

    def shape_of(self, n_features: int) -> tuple[int, int, int]:
        """Height, width and channels of rows with so many numbers.

        Parameters
        ----------
        n_features : int
            Numbers of a row.

        Raises
        ------
        ConfigError
            If they are no such image.
        """
        if self.shape is not None:
            height, width, channels = (*self.shape, 1)[:3]
            if height * width * channels != n_features:
                text = " x ".join(map(str, self.shape))
                raise ConfigError(
                    f"augment.shape is {text}, which is {height * width * channels} numbers, and "
                    f"rows have {n_features} features; give height, width and channels of the rows"
                )
            return height, width, channels
        for channels in (1, 3):
            side = math.isqrt(n_features // channels)
            if side * side * channels == n_features and side > 1:
                return side, side, channels
        raise ConfigError(
            f"augment deforms images, and rows of {n_features} features are no square image of one "
            "or three channels; give augment.shape, height, width and channels, or augment none"
        )

    def check(self, n_features: int) -> None:
        """Refuse rows that are no such images; see :meth:`Deformation.check`.

        Parameters
        ----------
        n_features : int
            Numbers of a row.
        """
        self.shape_of(n_features)
