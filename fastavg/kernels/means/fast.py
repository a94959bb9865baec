"""The weighted mean of the slots in their own dtype, added in the slots' order."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel

CHUNK = 2048


@kernel
def plain_mean(memory, starts, shares, out):
    """out <- sum over slots of share times slot.

    Slot k is ``memory[starts[k] : starts[k] + out.size]``; without slots it is zero.
    A chunk stays in the nearest cache until all slots are in it, so memory is read once.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean.
    out : array (n,) like memory
        The mean, overwritten.
    """
    for start in range(0, out.size, CHUNK):
        target = out[start : start + CHUNK]
        if starts.size == 0:
            target[:] = 0
        for k in range(starts.size):
            share = out.dtype.type(shares[k])
            row = memory[starts[k] + start :][: target.size]
            if k == 0:
                for i in range(target.size):
                    target[i] = share * row[i]
            else:
                for i in range(target.size):
                    target[i] += share * row[i]
