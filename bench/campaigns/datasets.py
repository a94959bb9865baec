"""Small data sets that packages bring along, for the comparison with scikit-learn's MLP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn import datasets as known
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

Array = NDArray[np.generic]


class Problem(NamedTuple):
    """A data set: its name, where it comes from, its rows, and whether y holds classes."""

    name: str
    source: str
    X: Array
    y: Array
    classes: bool

    def split(self, seed: int) -> tuple[Array, Array, Array, Array]:
        """Training and test rows, scaled by the training rows."""
        parts = train_test_split(
            self.X, self.y, test_size=0.25, random_state=seed,
            stratify=self.y if self.classes else None,
        )
        X, X_test, y, y_test = parts
        scaler = StandardScaler().fit(X)
        if not self.classes:
            target = StandardScaler().fit(y.reshape(-1, 1))
            y, y_test = (target.transform(each.reshape(-1, 1))[:, 0] for each in (y, y_test))
        return scaler.transform(X), scaler.transform(X_test), y, y_test


def problems() -> Iterator[Problem]:
    """All of them, the smallest first."""
    made = [*_of_sklearn(), *_drawn(), *_of_mlxtend(), *_of_statsmodels(), _ours()]
    yield from sorted(made, key=lambda problem: problem.X.size)


def _of_sklearn() -> Iterator[Problem]:
    loaders: dict[str, Callable[..., tuple[Array, Array]]] = {
        "iris": known.load_iris, "wine": known.load_wine,
        "breast cancer": known.load_breast_cancer, "digits 8 x 8": known.load_digits,
        "diabetes": known.load_diabetes,
    }
    for name, load in loaders.items():
        yield Problem(name, "scikit-learn", *load(return_X_y=True), classes=name != "diabetes")


def _drawn() -> Iterator[Problem]:
    yield Problem("moons", "drawn", *known.make_moons(1000, noise=0.25, random_state=0), True)
    yield Problem("hastie", "drawn", *known.make_hastie_10_2(4000, random_state=0), True)
    yield Problem("five classes", "drawn", *known.make_classification(
        3000, 30, n_informative=12, n_classes=5, random_state=0
    ), True)
    yield Problem("friedman 1", "drawn", *known.make_friedman1(2000, noise=1.0, random_state=0),
                  False)
    yield Problem("friedman 3", "drawn", *known.make_friedman3(1500, noise=0.1, random_state=0),
                  False)


def _of_mlxtend() -> Iterator[Problem]:
    from mlxtend import data

    X, y = data.autompg_data()
    numbers = np.isfinite(X).all(axis=0)
    yield Problem("cars", "mlxtend", X[:, numbers], y, False)
    yield Problem("housing", "mlxtend", *data.boston_housing_data(), False)
    yield Problem("MNIST subset", "mlxtend", *data.mnist_data(), True)


def _of_statsmodels() -> Iterator[Problem]:
    from statsmodels.datasets import anes96, fair, randhie

    table = fair.load_pandas().data
    yield Problem("affairs", "statsmodels", table.drop(columns="affairs").to_numpy(float),
                  (table["affairs"] > 0).to_numpy(), True)
    found = anes96.load_pandas()
    yield Problem("party", "statsmodels", found.exog.to_numpy(float),
                  (found.endog > 3).to_numpy(), True)
    found = randhie.load_pandas()
    yield Problem("health insurance", "statsmodels", found.exog.to_numpy(float)[::4],
                  np.log1p(found.endog.to_numpy(float))[::4], False)


def _ours() -> Problem:
    from fastavg.datasets import load_digits5k

    return Problem("digits 20 x 20", "fastavg", *load_digits5k(), True)
