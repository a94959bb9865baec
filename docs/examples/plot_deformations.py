"""
Deformed digits
===============

One digit of each class, and the images that ``augment`` trains on instead. In every epoch a row is
deformed in a new way, which depends on the seed, the epoch and the number of the row.
"""

import matplotlib.pyplot as plt
import numpy as np

from fastavg.data.deformations import Affine, Compose, Cutout, Digits, Elastic, Noise
from fastavg.datasets import load_digits5k

X, y = load_digits5k()
digits = X[np.searchsorted(y, np.arange(10)) + 7]
kinds = {
    "as they are": None,
    "affine": Affine(),
    "elastic": Elastic(),
    "digits": Digits(),
    "digits, again": Digits(),
    "noise": Noise(0.2),
    "cutout": Cutout(size=6),
    "digits,noise,cutout": Compose((Digits(), Noise(0.1), Cutout(size=5))),
}
random = np.random.default_rng(1)
figure, plots = plt.subplots(len(kinds), 1, figsize=(7.4, 4.4), layout="constrained")
for axes, (name, deformation) in zip(plots, kinds.items(), strict=True):
    shown = np.empty_like(digits)
    if deformation is None:
        shown[:] = digits
    else:
        keys = random.integers(0, 2**63, len(digits)).astype(np.uint64)
        deformation.deform(digits, keys, shown)
    line = np.pad(shown.reshape(-1, 20, 20), ((0, 0), (1, 1), (2, 2)))
    axes.imshow(np.hstack(list(line)), cmap="gray_r", vmin=0, vmax=1)
    axes.set(xticks=[], yticks=[])
    axes.set_ylabel(name, rotation=0, ha="right", va="center")
plt.show()
