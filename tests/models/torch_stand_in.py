"""The few names of PyTorch that an exported file uses, computed by NumPy.

PyTorch is large and not installed everywhere; with this in its place the exported code itself
runs and its numbers are compared.
"""

from __future__ import annotations

import sys
import types

import numpy as np
from scipy.special import erf


class Linear:
    """x W' + b, as ``torch.nn.Linear`` has it."""

    def __init__(self, n, m):
        self.weight, self.bias = np.full((m, n), np.nan), np.full(m, np.nan)

    def __call__(self, x):
        return x @ self.weight.T + self.bias


class Module:
    """A state dict by dotted names, all of which must be given and fit."""

    training = True

    def __init__(self):
        self.is_double = False

    def __call__(self, x):
        assert not self.training
        return self.forward(x)

    def double(self):
        self.is_double = True

    def train(self, mode):
        self.training = mode
        for member in getattr(self, "members", ()):
            member.train(mode)
        return self

    def register_buffer(self, name, value):
        setattr(self, name, value)

    def places(self):
        """Where each array of the state dict goes, by its dotted name."""
        if not hasattr(self, "members"):
            assert self.is_double
            return self.arrays_of_its_own() | {
                f"layers.{at}.{name}": (layer, name)
                for at, layer in enumerate(self.layers) for name in ("weight", "bias")
            }
        found = self.arrays_of_its_own()
        for at, member in enumerate(self.members):
            found |= {f"members.{at}.{name}": place for name, place in member.places().items()}
        return found

    def arrays_of_its_own(self):
        return {
            name: (self, name) for name, value in vars(self).items()
            if isinstance(value, np.ndarray)
        }

    def load_state_dict(self, state):
        places = self.places()
        assert state.keys() == places.keys()
        for dotted, (owner, name) in places.items():
            assert state[dotted].shape == getattr(owner, name).shape
            setattr(owner, name, state[dotted].astype("f8"))


def softmax(z, dim):
    """Probabilities, as ``torch.softmax`` has them."""
    e = np.exp(z - z.max(axis=dim, keepdims=True))
    return e / e.sum(axis=dim, keepdims=True)


def put_in_place(monkeypatch):
    """Let ``import torch`` find this for the rest of a test."""
    torch, nn = types.ModuleType("torch"), types.ModuleType("torch.nn")
    functional = types.ModuleType("torch.nn.functional")
    nn.Module, nn.Linear, nn.ModuleList, nn.functional = Module, Linear, list, functional
    torch.nn, torch.from_numpy, torch.exp, torch.tanh = nn, np.asarray, np.exp, np.tanh
    torch.Tensor, torch.softmax, torch.clamp = np.ndarray, softmax, np.clip
    torch.zeros, torch.float64, nn.Parameter = np.zeros, np.float64, np.asarray
    torch.sigmoid = lambda z: 1 / (1 + np.exp(-z))
    torch.relu = lambda z: np.maximum(z, 0)
    functional.leaky_relu = lambda z, slope: np.where(z < 0, slope * z, z)
    functional.elu = lambda z: np.where(z < 0, np.exp(np.minimum(z, 0)) - 1, z)
    functional.gelu = lambda z: z * (1 + erf(z / np.sqrt(2))) / 2
    functional.silu = lambda z: z * torch.sigmoid(z)
    functional.selu = lambda z: 1.0507009873554805 * np.where(
        z < 0, 1.6732632423543772 * np.expm1(np.minimum(z, 0)), z
    )
    functional.mish = lambda z: z * np.tanh(np.logaddexp(z, 0))
    functional.softplus = lambda z: np.log1p(np.exp(z))
    monkeypatch.setitem(sys.modules, "torch", torch)
