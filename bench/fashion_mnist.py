"""Fashion-MNIST (Xiao, Rasul and Vollgraf 2017) from the Debian package, or a folder.

``FASHION_MNIST`` may name a folder with the four ``.gz`` files; otherwise the files
of the installed package dataset-fashion-mnist are taken.
"""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PACKAGE = "dataset-fashion-mnist"
MEAN, SPREAD = 0.2860, 0.3530


class NoData(Exception):
    """The images are not on this machine."""


@cache
def folder() -> Path:
    """Where the files are.

    Raises
    ------
    NoData
        If they are nowhere.
    """
    named = os.environ.get("FASHION_MNIST")
    if named:
        return Path(named)
    if shutil.which("dpkg"):
        listed = subprocess.run(
            ["dpkg", "-L", PACKAGE], capture_output=True, text=True, check=False
        )
        for line in listed.stdout.splitlines():
            if line.endswith("train-images-idx3-ubyte.gz"):
                return Path(line).parent
    raise NoData(f"the Debian package {PACKAGE} is not installed")


def training_rows() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return _rows("train")


def test_rows() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return _rows("t10k")


def _rows(part: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    with gzip.open(folder() / f"{part}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder() / f"{part}-labels-idx1-ubyte.gz") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return (pixels.astype(np.float32) / 255 - MEAN) / SPREAD, labels.astype(np.int64)
