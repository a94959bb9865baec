"""What a worker and the center that it shares give each other, as plain vector loops."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel


@kernel
def keep_change(theta, anchor, change):
    """change <- change + (theta - anchor); anchor <- theta.

    Parameters
    ----------
    theta : array (n,) of float32 or float64
        The worker's weights.
    anchor : array (n,) like theta
        The weights from which the change counts, moved on in place.
    change : array (n,) like theta
        The accumulated change, which grows in place.
    """
    for i in range(theta.size):
        change[i] += theta[i] - anchor[i]
        anchor[i] = theta[i]


@kernel
def add_change(center, change, scale):
    """center <- center + scale * change.

    Parameters
    ----------
    center : array (n,) of float32 or float64
        The shared weights, changed in place.
    change : array (n,) like center
        What a worker has found.
    scale : float
        Factor on the change.
    """
    factor = center.dtype.type(scale)
    for i in range(center.size):
        center[i] += factor * change[i]


@kernel
def give_and_take(theta, anchor, change, center, scale):
    """Add a worker's whole change to the center, and take the center: one walk over memory.

    ``change + (theta - anchor)`` is added; ``theta`` and ``anchor`` become the center, and
    ``change`` zero.

    Parameters
    ----------
    theta : array (n,) of float32 or float64
        The worker's weights, changed in place.
    anchor : array (n,) like theta
        The weights from which the change counts, changed in place.
    change : array (n,) like theta
        What was found before, changed in place.
    center : array (n,) like theta
        The shared weights, changed in place.
    scale : float
        Factor on the change.
    """
    factor = center.dtype.type(scale)
    for i in range(center.size):
        value = center[i] + factor * (change[i] + (theta[i] - anchor[i]))
        center[i] = value
        theta[i] = value
        anchor[i] = value
        change[i] = 0


@kernel
def follow(center, before, now):
    """center <- center + (now - before): take over how another center has moved.

    Parameters
    ----------
    center : array (n,) of float32 or float64
        The shared weights, changed in place.
    before : array (n,) like center
        The other center as it was.
    now : array (n,) like center
        The other center as it is.
    """
    for i in range(center.size):
        center[i] += now[i] - before[i]


@kernel
def draw_together(theta, center, alpha):
    """Draw weights and center to each other: each moves by ``alpha`` times their distance.

    Parameters
    ----------
    theta : array (n,) of float32 or float64
        The worker's weights, changed in place.
    center : array (n,) like theta
        The shared weights, changed in place.
    alpha : float
        Part of the distance; 1/2 makes both meet in the middle.
    """
    part = center.dtype.type(alpha)
    for i in range(center.size):
        step = part * (theta[i] - center[i])
        theta[i] -= step
        center[i] += step
