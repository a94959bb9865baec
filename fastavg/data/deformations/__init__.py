"""Deformations: what is done to rows that are images each time they are trained on."""

from __future__ import annotations

from fastavg.data.deformations.composed import Compose
from fastavg.data.deformations.contract import DEFORMATIONS, Deformation, Undeformed
from fastavg.data.deformations.image_noise import Cutout, Noise
from fastavg.data.deformations.image_warps import Affine, Digits, Elastic
from fastavg.data.deformations.mixup import Mixup

__all__ = [
    "DEFORMATIONS", "Affine", "Compose", "Cutout", "Deformation", "Digits", "Elastic", "Mixup",
    "Noise", "Undeformed",
]
