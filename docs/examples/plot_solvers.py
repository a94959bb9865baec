"""
How solvers and learning rates compare
======================================

The loss of every epoch, for stochastic gradient descent with and without momentum and with a rate
that falls, and for Adam, on three small data sets. Adam needs the least care; plain descent with a
rate that falls too early stops far from the others.
"""

import warnings

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits, load_iris, make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import MinMaxScaler

from fastavg import MLPClassifier  # was: from sklearn.neural_network import MLPClassifier

# Every solver gets the same few epochs; some will not have converged.
warnings.simplefilter("ignore", ConvergenceWarning)

SGD = {"solver": "sgd", "learning_rate_init": 0.2}
STRATEGIES = {
    "constant": {**SGD, "momentum": 0.0},
    "constant, momentum": {**SGD, "momentum": 0.9, "nesterovs_momentum": False},
    "constant, Nesterov": {**SGD, "momentum": 0.9, "nesterovs_momentum": True},
    "1 / sqrt(t)": {**SGD, "momentum": 0.0, "learning_rate": "invscaling"},
    "1 / sqrt(t), Nesterov": {**SGD, "momentum": 0.9, "learning_rate": "invscaling"},
    "Adam": {"solver": "adam", "learning_rate_init": 0.01},
}
PROBLEMS = {
    "iris": (*load_iris(return_X_y=True), 60),
    "digits": (*load_digits(return_X_y=True), 15),
    "moons": (*make_moons(noise=0.3, random_state=0), 60),
}

scores = {}
figure, plots = plt.subplots(1, 3, figsize=(12, 3.5), layout="constrained")
for axes, (problem, (X, y, epochs)) in zip(plots, PROBLEMS.items(), strict=True):
    X = MinMaxScaler().fit_transform(X)
    for name, settings in STRATEGIES.items():
        model = MLPClassifier(random_state=0, max_iter=epochs, **settings).fit(X, y)
        scores[problem, name] = model.score(X, y)
        axes.plot(model.loss_curve_, label=name)
    axes.set(title=problem, xlabel="epoch", ylabel="loss")
plots[-1].legend(fontsize="small")
plt.show()
