"""How much faster this processor trains with bfloat16 products: measured once, and kept."""

from __future__ import annotations

import contextlib
import statistics
import time
from functools import cache
from pathlib import Path

import numpy as np

from fastavg.kernels.network.layout import Samples
from fastavg.machine.atomic_file import write_atomically
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace

# A step of this network takes about a millisecond.
LAYERS, ROWS, STEPS, TURNS = (256, 256, 256, 16), 128, 10, 7


@cache
def bfloat16_gain() -> float:
    """Seconds of a training step with float32 products, in seconds with bfloat16 products.

    0 on a processor that does not multiply bfloat16.  The figure is kept beside the compiled
    kernels, so that a processor is measured once; remove that folder to measure again.
    """
    from fastavg.kernels.jit.cache_folder import cache_folder
    from fastavg.kernels.vectorized.target import multiplies_bfloat16, target_digest

    if not multiplies_bfloat16():
        return 0.0
    folder = cache_folder()
    path = folder / f"bfloat16-gain-{target_digest()[:16]}" if folder else None
    kept = _read(path)
    if kept is not None:
        return kept
    gain = _measure()
    if path is not None:
        # A full disk or a folder gone read-only costs a measurement next time, no more.
        with contextlib.suppress(OSError):
            write_atomically(path, f"{gain:.3f}\n".encode())
    return gain


def _read(path: Path | None) -> float | None:
    with contextlib.suppress(OSError, ValueError):
        return float(path.read_text()) if path else None
    return None


def _measure() -> float:
    from fastavg.kernels.network import optimizers
    from fastavg.kernels.network.train_steps import train_steps

    network = Network(LAYERS, "relu", "identity")
    random = np.random.default_rng(0)
    X = random.standard_normal((ROWS, LAYERS[0]), dtype=np.float32)
    Y = random.standard_normal((ROWS, LAYERS[-1]), dtype=np.float32)
    data = Samples(X, Y, X[:0, 0], np.arange(ROWS))
    steps = np.tile(np.array([[0, ROWS]]), (STEPS, 1))
    plain, rounded = (Workspace(network, ROWS, "float32") for _ in range(2))
    rounded.multiply_in_bfloat16()

    def seconds(space: Workspace) -> float:
        started = time.thread_time()
        train_steps(
            space.layers, space.loss, optimizers.SGD, np.zeros(optimizers.HYPER_SIZE),
            np.zeros(STEPS), 0.0, space.theta, space.state, space.scratch, data, steps,
        )
        return time.thread_time() - started

    # The first turn compiles, and fills the caches.
    ratios = [seconds(plain) / seconds(rounded) for _ in range(TURNS + 1)]
    return statistics.median(ratios[1:])
