"""
What the penalty does
=====================

Two moons, one network, four penalties on its weights. With a small ``alpha`` the border follows
single points; a large one smooths it until it is nearly straight.
"""

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from fastavg import MLPClassifier  # was: from sklearn.neural_network import MLPClassifier

X, y = make_moons(240, noise=0.3, random_state=0)
X = StandardScaler().fit_transform(X)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.4, random_state=42)
across, up = np.meshgrid(np.linspace(-2.5, 2.5, 120), np.linspace(-2.5, 2.5, 120))
grid = np.column_stack([across.ravel(), up.ravel()])

scores = {}
figure, plots = plt.subplots(1, 4, figsize=(12, 3.3), layout="constrained")
for axes, alpha in zip(plots, (1e-3, 1e-1, 1.0, 10.0), strict=True):
    model = MLPClassifier(
        hidden_layer_sizes=(50, 50), solver="lbfgs", alpha=alpha, max_iter=500, random_state=1
    )
    with warnings.catch_warnings():
        # The smallest penalty leaves a long, flat valley.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(X, y)
    scores[alpha] = model.score(X_test, y_test)
    shade = model.predict_proba(grid)[:, 1].reshape(across.shape)
    axes.contourf(across, up, shade, levels=np.linspace(0, 1, 11), cmap="RdBu", alpha=0.7)
    axes.scatter(*X_test.T, c=y_test, cmap="RdBu", edgecolors="black", s=18)
    axes.set(title=f"alpha {alpha:g}: {scores[alpha]:.2f}", xticks=[], yticks=[])
plt.show()
