"""A model of standardised numbers as a model of the numbers themselves, and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

import numpy as np

from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.models.committee import Committee, committee_of
from fastavg.models.model import Model

# Spreads that a mean may measure before float32 rounds a hundred-thousandth of a spread away.
FAR = 100.0
# Spreads, or parts of one, that float32 cannot hold many digits of.
HUGE = 1e30


AnyNetwork = TypeVar("AnyNetwork", bound=Model | Committee)


def in_units(model: AnyNetwork, scaling: TargetScaling | None) -> AnyNetwork:
    """The model that predicts ``prediction * spread + mean``.

    The last layer takes it in: files, exports and everything else need not know.  Its weights
    become float64 where a mean is so large beside its spread that float32 would lose digits.

    Parameters
    ----------
    model : Model or Committee
        Its output is ``identity``.
    scaling : TargetScaling, optional
        What its targets were scaled by; without one the model stays as it is.

    Examples
    --------
    >>> from fastavg import Network
    >>> from fastavg.data.preprocessing.target_scaling import fit_target_scaling
    >>> line = Model(Network((1, 1), output="identity"), np.array([1.0, 0.0]))
    >>> dollars = fit_target_scaling(np.array([[100.0], [300.0]]))
    >>> in_units(line, dollars).predict([[0.5]])
    array([250.])
    """
    if scaling is None:
        return model
    if isinstance(model, Committee):
        made = committee_of([_in_units(each, scaling) for each in model.models])
        return cast("AnyNetwork", made)
    return cast("AnyNetwork", _in_units(model, scaling))


def _in_units(model: Model, scaling: TargetScaling) -> Model:
    weights = model.weights.astype(np.float64)
    matrix, biases = model.network.views(weights)[-1]
    # Numbers that are all the same are that number.
    spread = np.where(scaling.low == scaling.high, 0.0, scaling.spread)
    matrix *= spread
    biases[:] = biases * spread + scaling.mean
    far = bool((np.abs(scaling.mean) > FAR * scaling.spread).any())
    fits = bool(((scaling.spread > 1 / HUGE) & (scaling.spread < HUGE)).all())
    if model.weights.dtype == np.float32 and fits and not far:
        weights = weights.astype(np.float32)
    return replace(model, weights=weights)


def standardised(model: Model, scaling: TargetScaling | None) -> Model:
    """The model of standardised numbers that predicts what this one does in units.

    Undoes :func:`in_units`.

    Parameters
    ----------
    model : Model
        Predicts numbers in the user's units.
    scaling : TargetScaling, optional
        What its targets are scaled by from now on; without one the model stays as it is.

    Examples
    --------
    >>> from fastavg import Network
    >>> from fastavg.data.preprocessing.target_scaling import fit_target_scaling
    >>> line = Model(Network((1, 1), output="identity"), np.array([100.0, 200.0]))
    >>> dollars = fit_target_scaling(np.array([[100.0], [300.0]]))
    >>> standardised(line, dollars).predict([[0.5]])
    array([0.5])
    """
    if scaling is None:
        return model
    weights = model.weights.astype(np.float64)
    matrix, biases = model.network.views(weights)[-1]
    matrix /= scaling.spread
    biases[:] = (biases - scaling.mean) / scaling.spread
    return replace(model, weights=weights)
