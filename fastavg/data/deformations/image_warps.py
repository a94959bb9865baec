"""Deformations that move pixels: affine, elastic, and both in one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.data.deformations.contract import DEFORMATIONS, Keys, Rows
from fastavg.data.deformations.image_shape import NUMBER, ImageRows
from fastavg.options import RATE, Check, at_least, is_number, option

SIGMA = Check(
    lambda value: is_number(value) and 0.3 <= value <= 100, "be a number from 0.3 to 100"
)
# The filter ends where it has fallen to an eighth of its middle.
REACH = 2.0


def gaussian(sigma: float) -> NDArray[np.float64]:
    """A Gaussian filter, cut off at two standard deviations.

    Parameters
    ----------
    sigma : float
        Standard deviation in pixels.

    Returns
    -------
    array (2 r + 1,) of float64
        Sums to 1.
    """
    half = max(1, math.ceil(REACH * sigma))
    weights = np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)
    taps: NDArray[np.float64] = weights / weights.sum()
    return taps


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

    def deform(self, rows: Rows, keys: Keys, out: Rows) -> None:
        """Write deformed rows; see :meth:`Deformation.deform`.

        Parameters
        ----------
        rows : array (n, n_features) of float32 or float64
            Rows as they are.
        keys : array (n,) of uint64
            The key of each.
        out : array like rows
            Overwritten; other memory than ``rows``.
        """
        from fastavg.kernels.images.warp import warp

        height, width, _ = self.shape_of(rows.shape[1])
        rotation, *others = self._settings()
        alpha, sigma = self._field()
        taps = gaussian(sigma) if alpha else np.zeros(0)
        settings = np.array([math.radians(rotation), *others, alpha, self.fill], np.float64)
        warp(rows, keys, height, width, settings, taps.astype(out.dtype), out)


@DEFORMATIONS.member("affine")
@dataclass(frozen=True)
class Affine(_Warp):
    """Rotation, change of size along each axis, shear and shift, each drawn up to a largest one.

    Parameters
    ----------
    shape : tuple of int, optional
        Height, width and, if there are several, channels; a square of one or three channels
        if not given.
    fill : float
        What lies beyond the image's border: the background.
    rotation : float
        Largest angle, to either side.
    scaling : float
        Largest change of height and of width, each drawn for itself.
    shear : float
        Largest shift of a line against its neighbour.
    translation : float
        Largest shift along each axis.

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
        Height, width and, if there are several, channels; a square of one or three channels
        if not given.
    fill : float
        What lies beyond the image's border: the background.
    alpha : float
        Factor on noise that is uniform in [-1, 1] and smoothed.  Pixels move by about
        ``0.16 alpha / sigma`` along each axis.
    sigma : float
        Standard deviation of the Gaussian that smooths the noise.

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
class Digits(_Warp):
    """What handwriting varies by: an affine map and an elastic field, with one interpolation.

    Parameters
    ----------
    shape : tuple of int, optional
        Height, width and, if there are several, channels; a square of one or three channels
        if not given.
    fill : float
        What lies beyond the image's border: the background.
    rotation : float
        Largest angle, to either side.
    scaling : float
        Largest change of height and of width, each drawn for itself.
    shear : float
        Largest shift of a line against its neighbour.
    translation : float
        Largest shift along each axis.
    alpha : float
        Factor on noise that is uniform in [-1, 1] and smoothed.
    sigma : float
        Standard deviation of the Gaussian that smooths the noise.

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
    scaling: float = option(0.15, check=RATE, unit="fraction")
    shear: float = option(0.15, check=at_least(0), unit="fraction")
    translation: float = option(1.0, check=at_least(0), unit="pixels")
    alpha: float = option(24.0, check=at_least(0), unit="pixels")
    sigma: float = option(4.0, check=SIGMA, unit="pixels")

    def _settings(self) -> tuple[float, float, float, float]:
        return self.rotation, self.scaling, self.shear, self.translation

    def _field(self) -> tuple[float, float]:
        return self.alpha, self.sigma
