"""
What the first layer looks for
==============================

The weights of each unit of the first layer, arranged like the pixels of its input. After good
training they are smooth strokes and spots; noise would mean that the learning rate is too high or
that training ended too soon. The digits are the 5,000 of 20 x 20 pixels that come with fastavg.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from fastavg import MLPClassifier  # was: from sklearn.neural_network import MLPClassifier
from fastavg.datasets import load_digits5k

X, X_test, y, y_test = train_test_split(*load_digits5k(), test_size=0.3, random_state=0)

with warnings.catch_warnings():
    # A few epochs show what there is to see.
    warnings.simplefilter("ignore", ConvergenceWarning)
    model = MLPClassifier(
        hidden_layer_sizes=(40,), max_iter=8, alpha=1e-4, solver="sgd", random_state=1,
        learning_rate_init=0.2,
    ).fit(X, y)

scores = {"training": model.score(X, y), "test": model.score(X_test, y_test)}
print({name: round(score, 3) for name, score in scores.items()})

# %%
# One picture for each unit, all on the same scale.
units = model.coefs_[0].T
reach = abs(units).max() / 2
figure, plots = plt.subplots(4, 4, figsize=(6, 6), layout="constrained")
for axes, unit in zip(plots.ravel(), units, strict=False):
    axes.imshow(unit.reshape(20, 20).T, cmap="gray", vmin=-reach, vmax=reach)
    axes.set(xticks=[], yticks=[])
plt.show()
