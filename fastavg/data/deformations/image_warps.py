"""Deformations that move pixels: affine, elastic, and both in one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from fastavg.data.deformations.contract import DEFORMATIONS, Keys, Order, Rows
from fastavg.data.deformations.image_shape import NUMBER, ImageRows
from fastavg.options import RATE, Check, at_least, is_number, option

SIGMA = Check(
    lambda value: is_number(value) and 0.3 <= value <= 100, "be a number from 0.3 to 100"
)
# Knots of cubic B-splines so many standard deviations apart make a bump of that deviation.
APART = math.sqrt(3)
# The mean over a cell of the sum of the squared splines along one axis.
SQUARES = 151 / 315


def knot_noise(alpha: float, sigma: float) -> tuple[float, float]:
    """Factor on the noise at the knots, and pixels between them, of a displacement field.

    Pixels move as far as with noise at every pixel, uniform in [-1, 1], smoothed by a Gaussian
    of ``sigma`` and times ``alpha`` (Simard, Steinkraus and Platt 2003).

    Parameters
    ----------
    alpha : float
        Factor on the smoothed noise, in pixels.
    sigma : float
        Standard deviation of the Gaussian, in pixels.

    Examples
    --------
    >>> factor, apart = knot_noise(24, 4)
    >>> round(factor, 2), round(apart, 2)
    (3.53, 6.93)
    """
    return alpha / (2 * math.sqrt(math.pi) * sigma * SQUARES), APART * sigma


@dataclass(frozen=True)
class _Warp(ImageRows):
    """Common part: each pixel is read at another place, bilinearly."""

    fill: float = option(0.0, check=NUMBER)

    def _settings(self) -> tuple[float, float, float, float]:
        # Rotation in degrees, scaling, shear, translation in pixels.
        return 0.0, 0.0, 0.0, 0.0

    def _field(self) -> tuple[float, float]:
        # Alpha and sigma of the displacement field.
        return 0.0, 0.0

    def deform(
        self, rows: Rows, keys: Keys, out: Rows, order: Order | None = None
    ) -> None:
        """Write deformed rows; see :meth:`Deformation.deform`.

        Parameters
        ----------
        rows : array (n_rows, n_features) of float32 or float64
            Rows as they are.
        keys : array (n,) of uint64
            The key of each.
        out : array (n, n_features) like rows
            Overwritten; other memory than ``rows``.
        order : array (n,) of int64, optional
            Which rows; all of them in their order if not given.
        """
        from fastavg.kernels.images.warp import warp

        order = np.arange(len(rows)) if order is None else order
        height, width, _ = self.shape_of(rows.shape[1])
        rotation, *others = self._settings()
        alpha, sigma = self._field()
        field = knot_noise(alpha, sigma) if alpha else (0.0, 1.0)
        settings = np.array([math.radians(rotation), *others, *field, self.fill], np.float64)
        warp(np.ascontiguousarray(rows), order, keys, height, width, settings, out)


@DEFORMATIONS.member("affine")
@dataclass(frozen=True)
class Affine(_Warp):
    """Rotation, change of size along each axis, shear and shift, each drawn up to a largest one.

    Parameters
    ----------
    shape : tuple of int, optional
        Height and width of the images, and the number of channels if there are several; if not
        given, images are square and have one or three channels.
    fill : float
        Value of the pixels outside the image: the background.
    rotation : float
        Largest angle in either direction, in degrees.
    scaling : float
        Largest relative change of height and of width, which are drawn independently.
    shear : float
        Largest shift of a line relative to the next one, in pixels.
    translation : float
        Largest shift along each axis, in pixels.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Affine(rotation=10).scaling
    0.15
    """

    rotation: float = option(15.0, check=at_least(0), unit="degrees")
    scaling: float = option(0.15, check=RATE, unit="fraction")
    shear: float = option(0.15, check=at_least(0), unit="fraction")
    translation: float = option(1.0, check=at_least(0), unit="pixels")

    def _settings(self) -> tuple[float, float, float, float]:
        return self.rotation, self.scaling, self.shear, self.translation


@DEFORMATIONS.member("elastic")
@dataclass(frozen=True)
class Elastic(_Warp):
    """Pixels are moved by a smooth random field (Simard, Steinkraus and Platt 2003).

    Parameters
    ----------
    shape : tuple of int, optional
        Height and width of the images, and the number of channels if there are several; if not
        given, images are square and have one or three channels.
    fill : float
        Value of the pixels outside the image: the background.
    alpha : float
        Factor on the smoothed noise. Pixels move by about ``0.16 alpha / sigma`` along each axis.
    sigma : float
        Width of the smoothing in pixels, as the standard deviation of the cubic B-splines, which
        are nearly Gaussian.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Elastic(alpha=30).sigma
    4.0
    """

    alpha: float = option(24.0, check=at_least(0), unit="pixels")
    sigma: float = option(4.0, check=SIGMA, unit="pixels")

    def _field(self) -> tuple[float, float]:
        return self.alpha, self.sigma


@DEFORMATIONS.member("digits")
@dataclass(frozen=True)
class Digits(Elastic, Affine):
    """What handwriting varies by: an affine map and an elastic field, with one interpolation.

    Parameters
    ----------
    shape : tuple of int, optional
        Height and width of the images, and the number of channels if there are several; if not
        given, images are square and have one or three channels.
    fill : float
        Value of the pixels outside the image: the background.
    rotation : float
        Largest angle in either direction, in degrees.
    scaling : float
        Largest relative change of height and of width, which are drawn independently.
    shear : float
        Largest shift of a line relative to the next one, in pixels.
    translation : float
        Largest shift along each axis, in pixels.
    alpha : float
        Factor on the smoothed noise, as for :class:`Elastic`.
    sigma : float
        Width of the smoothing in pixels, as a standard deviation.

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Digits().rotation, Digits().alpha
    (12.0, 24.0)
    """

    rotation: float = option(12.0, check=at_least(0), unit="degrees")
