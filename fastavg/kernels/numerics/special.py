"""The normal distribution function and log(1 + x), written so that they vectorise."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numba.extending import overload

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.exponential import exp

ROOT_HALF = 0.7071067811865476
ROOT_2PI = 2.5066282746310002


# (1 + 2x) exp(x^2) erfc(x) is a smooth function of t = (x - k) / (x + k) on the whole half
# line (Shepherd and Laframboise 1981); the coefficients are those of Chebyshev series fitted
# to it, good to 6e-8 and 2e-15 of erfc.
@kernel(inline=True)
def _scaled_erfc32(x):
    f = np.float32
    t = (x - f(2.5)) / (x + f(2.5))
    p = f(0.0004054889)
    p = p * t + f(0.00030354285)
    p = p * t - f(0.0041802465)
    p = p * t + f(0.00108658)
    p = p * t + f(0.03267757)
    p = p * t - f(0.103020474)
    p = p * t + f(0.1576443)
    p = p * t - f(0.099018)
    p = p * t - f(0.122357465)
    p = p * t + f(1.2648381)
    return p / (f(1.0) + f(2.0) * x)


@kernel(inline=True)
def _scaled_erfc64(x):
    t = (x - 3.75) / (x + 3.75)
    p = 1.7559528510703886e-08
    p = p * t + 8.522042319763195e-09
    p = p * t - 2.1434353555017925e-07
    p = p * t - 2.773231056152279e-08
    p = p * t + 1.6960736469178124e-06
    p = p * t - 1.0083732582663056e-06
    p = p * t - 1.1399818175637928e-05
    p = p * t + 2.241004267686739e-05
    p = p * t + 5.1626082451116826e-05
    p = p * t - 0.0002901663092074404
    p = p * t + 0.00029372139992467746
    p = p * t + 0.001755629512375256
    p = p * t - 0.009746581186182806
    p = p * t + 0.028362276757497477
    p = p * t - 0.05869339838905775
    p = p * t + 0.09230432122632842
    p = p * t - 0.1088039301544468
    p = p * t + 0.08227673848711986
    p = p * t + 0.00358541548577844
    p = p * t - 0.14024059858550603
    p = p * t + 1.237512630837826
    return p / (1.0 + 2.0 * x)


def scaled_erfc(x: Any) -> Any:
    """exp(x^2) erfc(x) of one float32 or float64 number of at least 0; for use inside kernels.

    Parameters
    ----------
    x : float32 or float64
        At least 0.
    """
    from scipy.special import erfcx

    return erfcx(x)


@overload(scaled_erfc)
def _scaled_erfc(x):
    if x == types.float32:
        return lambda x: _scaled_erfc32(x)
    if x == types.float64:
        return lambda x: _scaled_erfc64(x)
    return None


@kernel(inline=True)
def normal_density(z):
    """The density of the normal distribution at ``z``.

    Parameters
    ----------
    z : float32 or float64
        The number.
    """
    number = type(z)
    return exp(number(-0.5) * z * z) / number(ROOT_2PI)


@kernel(inline=True)
def normal_cdf(z):
    """The part of the normal distribution below ``z``.

    Parameters
    ----------
    z : float32 or float64
        The number.
    """
    number = type(z)
    far = number(ROOT_HALF) * abs(z)
    # Beyond, the density is zero; at infinity the fraction in ``scaled_erfc`` would be NaN.
    far = number(40) if far > number(40) else far
    above = number(0.5) * exp(number(-0.5) * z * z) * scaled_erfc(far)
    return number(1) - above if z >= number(0) else above


# log(1 + x) = 2 artanh(s) with s = x / (2 + x), at most 1/3 here: the series ends where its
# next term falls below the dtype's precision.
@kernel(inline=True)
def _log1p32(x):
    f = np.float32
    s = x / (f(2.0) + x)
    q = s * s
    p = f(1 / 17)
    p = p * q + f(1 / 15)
    p = p * q + f(1 / 13)
    p = p * q + f(1 / 11)
    p = p * q + f(1 / 9)
    p = p * q + f(1 / 7)
    p = p * q + f(1 / 5)
    p = p * q + f(1 / 3)
    return f(2.0) * s * (p * q + f(1.0))


@kernel(inline=True)
def _log1p64(x):
    s = x / (2.0 + x)
    q = s * s
    p = 1 / 33
    p = p * q + 1 / 31
    p = p * q + 1 / 29
    p = p * q + 1 / 27
    p = p * q + 1 / 25
    p = p * q + 1 / 23
    p = p * q + 1 / 21
    p = p * q + 1 / 19
    p = p * q + 1 / 17
    p = p * q + 1 / 15
    p = p * q + 1 / 13
    p = p * q + 1 / 11
    p = p * q + 1 / 9
    p = p * q + 1 / 7
    p = p * q + 1 / 5
    p = p * q + 1 / 3
    return 2.0 * s * (p * q + 1.0)


def log1p(x: Any) -> Any:
    """log(1 + x) of one float32 or float64 number from 0 to 1; for use inside kernels.

    Parameters
    ----------
    x : float32 or float64
        0 to 1.
    """
    return np.log1p(x)


@overload(log1p)
def _log1p(x):
    if x == types.float32:
        return lambda x: _log1p32(x)
    if x == types.float64:
        return lambda x: _log1p64(x)
    return None
