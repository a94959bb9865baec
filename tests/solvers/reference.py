"""A second implementation of the conjugate-gradient method, in plain NumPy.

It follows Rasmussen's description move by move: the point is carried along and every
move is relative to it, where the library computes absolute steps from the origin.
"""

from __future__ import annotations

import numpy as np

RHO, SIGMA, NEAR, FAR, MOST, RATIO = 0.01, 0.5, 0.1, 3.0, 30, 100.0


def cubic_move(width, fa, da, fb, db):
    """From b to the minimum of the cubic through a and b = a + width, in the form of
    Nocedal and Wright, "Numerical Optimization" (2006), equation 3.59."""
    first = da + db - 3 * (fb - fa) / width
    with np.errstate(invalid="ignore", divide="ignore"):
        second = np.sign(width) * np.sqrt(first * first - da * db)
        return -width * np.float64(db + second - first) / (db - da + 2 * second)


def reference_descend(function, start, searches):
    """Return (point, value after every good search, evaluations).

    ``function(point)`` returns (value, gradient).
    """
    count = 0

    def call(point):
        nonlocal count
        count += 1
        return function(point)

    x = np.array(start, float)
    f, g = call(x)
    s = -g
    d = -(s @ s)
    z = 1 / (1 - d)
    values, failed = [], False
    for _ in range(searches):
        x0, f0, g0, d0 = x.copy(), f, g, d
        fa, da, back = f, d, -z
        x = x + z * s
        f, g = call(x)
        d = g @ s
        spent, limit = 1, None
        while True:
            while (f > f0 + RHO * z * d0 or d > -SIGMA * d0) and spent < MOST:
                limit = z
                if f > f0:
                    move = back - 0.5 * da * back * back / (da * back + f - fa)
                else:
                    move = cubic_move(-back, fa, da, f, d)
                if not np.isfinite(move):
                    move = back / 2
                move = max(min(move, NEAR * back), (1 - NEAR) * back)
                z += move
                x = x + move * s
                f, g = call(x)
                d = g @ s
                back -= move
                spent += 1
            if f > f0 + RHO * z * d0 or d > -SIGMA * d0:
                good = False
                break
            if d > SIGMA * d0:
                good = True
                break
            if spent == MOST:
                good = False
                break
            move = cubic_move(-back, fa, da, f, d)
            if not np.isfinite(move) or move < 0:
                move = z * (FAR - 1) if limit is None else (limit - z) / 2
            elif limit is not None and z + move > limit:
                move = (limit - z) / 2
            elif limit is None and z + move > z * FAR:
                move = z * (FAR - 1)
            elif move < -back * NEAR:
                move = -back * NEAR
            elif limit is not None and move < (limit - z) * (1 - NEAR):
                move = (limit - z) * (1 - NEAR)
            fa, da, back = f, d, -move
            z += move
            x = x + move * s
            f, g = call(x)
            d = g @ s
            spent += 1
        if good:
            values.append(f)
            s = (g @ g - g0 @ g) / (g0 @ g0) * s - g
            d = g @ s
            if d > 0:
                s = -g
                d = -(s @ s)
            z *= min(RATIO, d0 / d)
            failed = False
        else:
            x, f, g = x0, f0, g0
            if failed:
                break
            s = -g
            d = -(s @ s)
            z = 1 / (1 - d)
            failed = True
    return x, values, count
