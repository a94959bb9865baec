"""Deformations that change pixels where they are: noise, and a square that is cut out."""

from __future__ import annotations

from dataclasses import dataclass

from fastavg.data.deformations.contract import DEFORMATIONS, AnyRows, Keys, Order, Rows, rows_in
from fastavg.data.deformations.image_shape import NUMBER, ImageRows
from fastavg.options import at_least, check_options, option, whole


@DEFORMATIONS.member("noise")
@dataclass(frozen=True)
class Noise(AnyRows):
    """Normal noise on every number of a row, be it an image or not.

    Parameters
    ----------
    deviation : float
        Standard deviation of the noise, in the units of the rows.

    Raises
    ------
    ConfigError
        If the value is impossible.

    Examples
    --------
    >>> Noise(0.2).deviation
    0.2
    """

    deviation: float = option(0.1, check=at_least(0))

    def __post_init__(self) -> None:
        check_options(self)

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Write rows with noise; see :meth:`Deformation.deform`."""
        from fastavg.kernels.images.spots import add_noise

        add_noise(rows_in(rows, order), keys, float(self.deviation), out)


@DEFORMATIONS.member("cutout")
@dataclass(frozen=True)
class Cutout(ImageRows):
    """A square of the image is filled (DeVries and Taylor 2017).

    Parameters
    ----------
    shape : tuple of int, optional
        Height and width of the images, and the number of channels if there are several; if not
        given, images are square and have one or three channels.
    size : int
        Side of the square, in pixels.
    fill : float
        Value of the pixels in the square.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Cutout(size=8).fill
    0.0
    """

    size: int = option(6, check=whole(1), unit="pixels")
    fill: float = option(0.0, check=NUMBER)

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Write rows with a square filled; see :meth:`Deformation.deform`."""
        from fastavg.kernels.images.spots import cut_out

        height, width, _ = self.shape_of(rows.shape[1])
        cut_out(rows_in(rows, order), keys, height, width, int(self.size), float(self.fill), out)
